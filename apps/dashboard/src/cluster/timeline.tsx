import { ActionIcon, Button, Group, SegmentedControl, Tooltip, useComputedColorScheme } from '@mantine/core';
import { ChevronLeftIcon, ChevronRightIcon, ZoomInIcon, ZoomOutIcon } from '@radix-ui/react-icons';
import 'uplot/dist/uPlot.min.css';
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from 'react';
import { type ChartData } from '../chart/series';
import { type Limits, TimelineChart } from '../chart/timeline-chart';
import { Waiting } from '../layout/faces';
import { moment, number, span } from '../layout/words';
import { useNow } from '../live/use-now';
import { Marks } from './marks';
import type { ScalingEvent } from './use-events';
import classes from './timeline.module.css';
import { useTimeline } from './use-timeline';
import { DEFAULT_RANGE, fixed, panned, parametersOf, RANGES, spanOf, type View, zoomed } from './view';

interface TimelineProps {
  readonly id: string;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly limits: Limits;
  readonly events: readonly ScalingEvent[];
  readonly onExplain: (decisionId: string) => void;
}

const PAN = 0.25;
const ZOOM = 0.5;

/** Everything of a cluster over one time axis. */
export function Timeline({ id, view, onView, limits, events, onExplain }: TimelineProps) {
  const now = useNow();
  const scheme = useComputedColorScheme('light');
  const { data, failure, stale, stepMs } = useTimeline(id, view);
  const range = rangeOf(view, now, data);
  const [index, setIndex] = useState<number | null>(null);
  const observed = data?.observed;
  const at = observed === undefined ? -1 : (index ?? observed.x.length - 1);

  return (
    <section className={classes['card']} aria-label="Timeline">
      <div className={classes['tools']}>
        <div className={classes['ranges']}>
          <SegmentedControl
            aria-label="Range"
            size="xs"
            data={RANGES.map(({ value, label }) => ({ value, label }))}
            value={view.kind === 'live' ? (parametersOf(view).range ?? DEFAULT_RANGE) : ''}
            onChange={(value) => {
              const chosen = RANGES.find((each) => each.value === value);
              if (chosen !== undefined) onView({ kind: 'live', rangeMs: chosen.ms });
            }}
          />
        </div>
        <Group gap={4} wrap="nowrap">
          <Tool label="Earlier" onClick={() => onView(panned(view, -PAN, now))}>
            <ChevronLeftIcon />
          </Tool>
          <Tool label="Later" onClick={() => onView(panned(view, PAN, now))} disabled={view.kind === 'live'}>
            <ChevronRightIcon />
          </Tool>
          <Tool label="Zoom in" onClick={() => onView(zoomed(view, ZOOM, now))}>
            <ZoomInIcon />
          </Tool>
          <Tool label="Zoom out" onClick={() => onView(zoomed(view, 1 / ZOOM, now))}>
            <ZoomOutIcon />
          </Tool>
        </Group>
        {view.kind === 'fixed' && (
          <Button size="compact-sm" variant="light" onClick={() => onView({ kind: 'live', rangeMs: RANGES[1].ms })}>
            Back to live
          </Button>
        )}
        <span className={classes['resolution']}>
          {stale ? 'loading …' : stepMs === null ? '' : `one point per ${span(stepMs)}`}
        </span>
      </div>
      <Moment data={data} index={at} pointed={index !== null} limits={limits} now={now} />
      <div
        className={classes['chart']}
        role="group"
        aria-label="Demand and capacity, utilisation, and servers over time; the events below say in words what was done"
        data-stale={stale || undefined}
      >
        <Canvases
          key={scheme}
          data={data}
          limits={limits}
          range={range}
          onIndex={setIndex}
          onSelect={(from, to) => onView(fixed(from, to, Date.now()))}
          between={<Marks events={events} range={range} onExplain={onExplain} />}
        />
        {data === null && (
          <div className={classes['over']}>
            <Waiting failure={failure} />
          </div>
        )}
        {data !== null && data.observed.x.length === 0 && (
          <div className={classes['over']}>
            <p>Nothing was observed in this time.</p>
          </div>
        )}
      </div>
    </section>
  );
}

/** Live shows the future as far as the newest forecast reaches, but no more than a sixth of the range. */
function rangeOf(view: View, now: number, data: ChartData | null): readonly [number, number] {
  const [from, to] = spanOf(view, now);
  if (view.kind === 'fixed') return [from, to];
  const until = (data?.ahead?.to ?? 0) * 1000;
  const ahead = Math.max(0, Math.min(until - now, view.rangeMs / 6));
  return [from + ahead, to + ahead];
}

interface ToolProps {
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

function Tool({ label, onClick, disabled = false, children }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={28} aria-label={label} onClick={onClick} disabled={disabled}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

interface CanvasesProps {
  readonly data: ChartData | null;
  readonly limits: Limits;
  readonly range: readonly [number, number];
  readonly onIndex: (index: number | null) => void;
  readonly onSelect: (from: number, to: number) => void;
  readonly between: ReactNode;
}

/** Colours are read when a chart is made, so that another colour scheme takes another chart: give it the scheme as its key. */
function Canvases({ data, limits, range: [from, to], onIndex, onSelect, between }: CanvasesProps) {
  const hosts = useRef<(HTMLDivElement | null)[]>([]);
  const chart = useRef<TimelineChart | null>(null);
  const select = useEffectEvent(onSelect);
  useEffect(() => {
    const places = hosts.current.filter((host) => host !== null);
    const made = new TimelineChart(places, {
      onSelect: (start, end) => select(start, end),
      onMoment: onIndex,
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [onIndex]);
  useEffect(() => {
    if (data !== null) chart.current?.show(data, limits, [from, to]);
  }, [data, limits, from, to]);

  const host = (index: number) => (element: HTMLDivElement | null) => {
    hosts.current[index] = element;
  };
  return (
    <>
      <div className={classes['title']}>Demand and capacity, in servers</div>
      <div className={classes['demand']} ref={host(0)} />
      {between}
      <div className={classes['title']}>Utilisation</div>
      <div className={classes['load']} ref={host(1)} />
      <div className={classes['title']}>Servers</div>
      <div className={classes['servers']} ref={host(2)} />
    </>
  );
}

interface MomentProps {
  readonly data: ChartData | null;
  readonly index: number;
  readonly pointed: boolean;
  readonly limits: Limits;
  readonly now: number;
}

/** What was at the moment under the pointer; without one, what is now. It is the legend, too. */
function Moment({ data, index, pointed, limits, now }: MomentProps) {
  const observed = data?.observed;
  const x = observed?.x[index];
  const value = (column: readonly (number | null)[] | undefined, digits: number): string =>
    number(column?.[index], digits);
  const forecast = x === undefined || data === null ? null : forecastAt(data, x);
  const cpu = observed?.cpu[index] ?? null;
  const over = limits.utilization !== null && cpu !== null && cpu > limits.utilization;
  return (
    <dl className={classes['moment']} aria-hidden={pointed ? undefined : false}>
      <div className={classes['time']}>
        <dt>{pointed ? 'At' : 'Now'}</dt>
        <dd>{x === undefined ? '–' : moment(x * 1000, now)}</dd>
      </div>
      <Value color="demand" label="Demand" text={value(observed?.demand, 1)} />
      <Value color="capacity" label="Capacity" text={value(observed?.active, 1)} />
      {forecast !== null && <Value color="forecast" label="Planned for" text={number(forecast, 1)} />}
      <Value color="demand" label="Utilisation" text={cpu === null ? '–' : `${number(cpu, 0)} %`} bad={over} />
      <Value color="provisioning" label="Provisioning" text={value(observed?.provisioning, 0)} />
      <Value color="draining" label="Draining" text={value(observed?.draining, 0)} />
      <Value color="desired" label="Wished" text={value(observed?.desired, 0)} />
    </dl>
  );
}

function Value({ color, label, text, bad = false }: { color: string; label: string; text: string; bad?: boolean }) {
  return (
    <div>
      <dt>
        <span className={classes['swatch']} style={{ background: `var(--${color})` }} aria-hidden="true" />
        {label}
      </dt>
      <dd data-bad={bad || undefined}>{text}</dd>
    </div>
  );
}

/** What had been planned for this time: the newest forecast that was made for it or a time before. */
function forecastAt({ forecasts }: ChartData, x: number): number | null {
  const at = forecasts.x.findLastIndex((time) => time <= x);
  return at < 0 ? null : (forecasts.upper[at] ?? null);
}
