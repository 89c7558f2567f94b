import { ActionIcon, Button, Group, SegmentedControl, Tooltip, useComputedColorScheme } from '@mantine/core';
import { ChevronLeftIcon, ChevronRightIcon, ZoomInIcon, ZoomOutIcon } from '@radix-ui/react-icons';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { type ChartData, isObserved } from '../chart/series';
import type { Limits } from '../chart/timeline-chart';
import { Waiting } from '../layout/faces';
import { setTimeZone, type TimeZone, useTimeZone, zoneWords } from '../layout/time-zone';
import { duration } from '../layout/words';
import { useNow } from '../live/use-now';
import { beginsAt } from './begins-at';
import { Canvases } from './canvases';
import { csvOf, download } from './csv';
import type { Cluster } from './queries';
import { hpaName } from './hpa';
import { Simulated, simulatedUntil } from './simulated';
import { type Marked, Marks } from './marks';
import { inWords, Moment, momentAt } from './moment';
import { withRefused } from './refused';
import { TimeCursor } from './time-cursor';
import classes from './timeline.module.css';
import type { ScalingEvent } from './use-events';
import { useRefused } from './use-refused';
import { useTimeline } from './use-timeline';
import { compared, verdictWords } from './verdict';
import { begun, DEFAULT_RANGE, fixed, loadedMs, panned, parametersOf, RANGES, spanOf, type View, zoomed } from './view';

interface TimelineProps {
  readonly cluster: Cluster;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly limits: Limits;
  /** Newest first. */
  readonly marked: readonly Marked[];
  /** Newest first. */
  readonly events: readonly ScalingEvent[];
  readonly onExplain: (decisionId: string) => void;
}

const PAN = 0.25;
const ZOOM = 0.5;

/** A selected time, by pointer or keyboard. */
interface Pointed {
  readonly index: number;
  readonly by: 'pointer' | 'keys';
}

/** The view while the axis is moved, until the URL has changed; data is loaded only then. */
interface Moving {
  readonly from: View;
  readonly to: View;
}

/** The whole history of a cluster on one time axis. */
export function Timeline({ cluster, view, onView, limits, marked, events, onExplain }: TimelineProps) {
  const now = useNow();
  const scheme = useComputedColorScheme('light');
  const zone = useTimeZone();
  const rangeMs = view.kind === 'live' ? loadedMs(view.rangeMs, beginsAt(cluster, null), now) : 0;
  const loaded = useMemo((): View => (view.kind === 'live' ? { kind: 'live', rangeMs } : view), [view, rangeMs]);
  const { data: recorded, failure, stale, stepMs } = useTimeline(cluster.id, loaded, simulatedUntil(cluster));
  const refused = useRefused(cluster.id, events);
  const data = useMemo(() => (recorded === null ? null : withRefused(recorded, refused)), [recorded, refused]);
  const shown = begun(view, beginsAt(cluster, stale ? null : data), now);
  const [moving, setMoving] = useState<Moving | null>(null);
  const range = rangeOf(moving?.from === view ? moving.to : shown, now, data, shown !== view);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const count = data?.observed.x.length ?? 0;
  const at = Math.min(count - 1, pointed?.index ?? count - 1);
  const moment = momentAt(data, at, limits);
  const onPointer = useCallback((index: number | null) => {
    // Every redraw reports the pointer; during keyboard navigation it is ignored.
    setPointed((before) => (before?.by === 'keys' ? before : index === null ? null : { index, by: 'pointer' }));
  }, []);

  function explain(): void {
    const x = data?.observed.x[at];
    const found = x === undefined ? undefined : marked.find((each) => each.at <= x * 1000 + (stepMs ?? 0));
    if (found !== undefined) onExplain(found.id);
  }

  return (
    <section className={classes['card']} aria-label="Timeline">
      <div className={classes['tools']}>
        <div className="scrolls">
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
          <Tool label="Earlier" onClick={() => onView(panned(shown, -PAN, now))}>
            <ChevronLeftIcon />
          </Tool>
          <Tool label="Later" onClick={() => onView(panned(shown, PAN, now))} disabled={view.kind === 'live'}>
            <ChevronRightIcon />
          </Tool>
          <Tool label="Zoom in" onClick={() => onView(zoomed(shown, ZOOM, now))}>
            <ZoomInIcon />
          </Tool>
          <Tool label="Zoom out" onClick={() => onView(zoomed(shown, 1 / ZOOM, now))}>
            <ZoomOutIcon />
          </Tool>
        </Group>
        {view.kind === 'fixed' && (
          <Button size="compact-sm" variant="light" onClick={() => onView({ kind: 'live', rangeMs: RANGES[1].ms })}>
            Back to live
          </Button>
        )}
        <ZoneSwitch zone={zone} now={now} />
        <Button
          size="compact-sm"
          variant="default"
          disabled={data === null}
          onClick={() => data !== null && download(`${cluster.name}-timeline.csv`, csvOf(data, range, zone))}
        >
          CSV
        </Button>
        <span className={classes['resolution']}>
          {stale ? 'loading …' : stepMs === null ? '' : `one point per ${duration(stepMs)}`}
        </span>
      </div>
      <Moment moment={moment} pointed={pointed !== null} now={now} />
      <div
        className={classes['chart']}
        role="group"
        aria-label="Demand, servers and utilization over time; the events below say in words what was done"
        data-stale={stale || undefined}
      >
        <Canvases
          key={`${scheme} ${zone}`}
          data={data}
          limits={limits}
          range={range}
          keyed={pointed?.by === 'keys' ? pointed.index : null}
          onIndex={onPointer}
          onSelect={(from, to) => onView(fixed(from, to, Date.now()))}
          view={shown}
          onMoving={(to) => setMoving(to === null ? null : { from: view, to })}
          onView={onView}
          between={<Marks marked={marked} range={range} onExplain={onExplain} />}
        />
        <TimeCursor
          index={at}
          count={count}
          text={moment === null ? 'Nothing was observed' : inWords(moment, now)}
          onIndex={(index) => setPointed(index === null ? null : { index, by: 'keys' })}
          onPan={(share) => onView(panned(shown, share, now))}
          onZoom={(closer) => onView(zoomed(shown, closer ? ZOOM : 1 / ZOOM, now))}
          onExplain={explain}
        />
        {data === null && (
          <div className={classes['over']}>
            <Waiting failure={failure} />
          </div>
        )}
        {data !== null && !isObserved(data.observed, range) && (
          <div className={classes['over']}>
            <p>Nothing was observed in this time.</p>
          </div>
        )}
      </div>
      <Simulated cluster={cluster} from={range[0]} more="It is not part of the CSV." />
      {data !== null && <Verdicts data={data} range={range} limits={limits} />}
    </section>
  );
}

interface VerdictsProps {
  readonly data: ChartData;
  readonly range: readonly [number, number];
  readonly limits: Limits;
}

/** What the policy on trial, another autoscaler of the same servers, and a usual HPA would have meant in the visible range. */
function Verdicts({ data: { observed, theirsBy, hpaTarget }, range: [from, to], limits }: VerdictsProps) {
  const limit = limits.rules.find(({ kind }) => kind === 'promise')?.value ?? 100;
  const trial = compared(observed, observed.trial, [from, to], limit);
  const theirs = theirsBy === null ? null : compared(observed, observed.theirs, [from, to], limit);
  const hpa = compared(observed, observed.hpa, [from, to], limit);
  return (
    <>
      {trial !== null && <p className={classes['verdict']}>On trial: {verdictWords(trial)}</p>}
      {theirs !== null && (
        <p className={classes['verdict']}>
          {theirsBy}: {verdictWords(theirs)}
        </p>
      )}
      {hpa !== null && (
        <p className={classes['verdict']}>
          {hpaName(hpaTarget)}: {verdictWords(hpa)}
        </p>
      )}
    </>
  );
}

/** Local time or UTC, for all times of the page. */
function ZoneSwitch({ zone, now }: { readonly zone: TimeZone; readonly now: number }) {
  return (
    <SegmentedControl
      aria-label="Time zone"
      size="xs"
      data={(['local', 'utc'] as const).map((value) => ({ value, label: zoneWords(value, now) }))}
      value={zone}
      onChange={(value) => setTimeZone(value === 'utc' ? 'utc' : 'local')}
    />
  );
}

/**
 * A live view shows the future up to the newest forecast's horizon, at most a sixth of the range.
 *
 * @param isYoung the view begins with the history, and keeps its beginning
 */
function rangeOf(view: View, now: number, data: ChartData | null, isYoung: boolean): readonly [number, number] {
  const [from, to] = spanOf(view, now);
  if (view.kind === 'fixed') return [from, to];
  const until = (data?.until ?? 0) * 1000;
  const ahead = Math.max(0, Math.min(until - now, view.rangeMs / 6));
  return [isYoung ? from : from + ahead, to + ahead];
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
