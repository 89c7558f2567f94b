import type { ChartData } from '../chart/series';
import type { Limits } from '../chart/timeline-chart';
import { moment as momentWords, number } from '../layout/words';
import classes from './timeline.module.css';

/** Values at one time. `null`: unknown. */
export interface MomentValues {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly demand: number | null;
  readonly capacity: number | null;
  readonly cpu: number | null;
  readonly isOver: boolean;
  readonly provisioning: number | null;
  readonly draining: number | null;
  readonly desired: number | null;
  /** What another autoscaler wanted; `null`: there is none. */
  readonly theirs: { readonly by: string; readonly desired: number | null } | null;
  /** Demand that was planned for this time; `undefined`: no forecast. */
  readonly planned: number | undefined;
}

export function momentAt(data: ChartData | null, index: number, limits: Limits): MomentValues | null {
  const x = data?.observed.x[index];
  if (data === null || x === undefined) return null;
  const { observed } = data;
  const cpu = observed.cpu[index] ?? null;
  return {
    at: x * 1000,
    demand: observed.demand[index] ?? null,
    capacity: observed.active[index] ?? null,
    cpu,
    isOver: limits.utilization !== null && cpu !== null && cpu > limits.utilization,
    provisioning: observed.provisioning[index] ?? null,
    draining: observed.draining[index] ?? null,
    desired: observed.desired[index] ?? null,
    theirs: data.theirsBy === null ? null : { by: data.theirsBy, desired: observed.theirs[index] ?? null },
    planned: plannedFor(data, x),
  };
}

/** The newest forecast made for this time or an earlier one. */
function plannedFor({ forecasts }: ChartData, x: number): number | undefined {
  const at = forecasts.x.findLastIndex((time) => time <= x);
  return at < 0 ? undefined : (forecasts.upper[at] ?? undefined);
}

/** Text for screen readers. */
export function inWords(values: MomentValues, now: number): string {
  const { at, demand, capacity, cpu, provisioning, draining, desired, theirs, planned } = values;
  const parts = [
    `demand ${number(demand)}`,
    `capacity ${number(capacity)}`,
    ...(planned === undefined ? [] : [`planned for ${number(planned)}`]),
    `utilisation ${cpu === null ? 'not known' : `${number(cpu, 0)} %`}`,
    `${number(desired, 0)} desired`,
    ...(theirs === null ? [] : [`${number(theirs.desired, 0)} wanted by ${theirs.by}`]),
    ...((provisioning ?? 0) > 0 ? [`${number(provisioning, 0)} provisioning`] : []),
    ...((draining ?? 0) > 0 ? [`${number(draining, 0)} draining`] : []),
  ];
  return `${momentWords(at, now)}: ${parts.join(', ')}`;
}

/** The newest observation is not shown as the present after this time. */
const RECENT_MS = 45_000;

interface MomentProps {
  readonly moment: MomentValues | null;
  readonly pointed: boolean;
  readonly now: number;
}

/** Values at the pointer; without one, the current ones. Also the legend. */
export function Moment({ moment, pointed, now }: MomentProps) {
  const cpu = moment?.cpu ?? null;
  return (
    <dl className={classes['moment']}>
      <div className={classes['time']}>
        <dt>{pointed ? 'At' : moment !== null && now - moment.at > RECENT_MS ? 'Last' : 'Now'}</dt>
        <dd>{moment === null ? '–' : momentWords(moment.at, now)}</dd>
      </div>
      <Value color="demand" label="Demand" text={number(moment?.demand)} />
      <Value color="capacity" label="Capacity" text={number(moment?.capacity)} />
      {moment?.planned !== undefined && <Value color="forecast" label="Planned for" text={number(moment.planned)} />}
      <Value
        color="load"
        label="Utilisation"
        text={cpu === null ? '–' : `${number(cpu, 0)} %`}
        bad={moment?.isOver ?? false}
      />
      <Value color="provisioning" label="Provisioning" text={number(moment?.provisioning, 0)} />
      <Value color="draining" label="Draining" text={number(moment?.draining, 0)} />
      <Value color="desired" label="Desired" text={number(moment?.desired, 0)} />
      {moment !== null && moment.theirs !== null && (
        <Value color="theirs" label={moment.theirs.by} text={number(moment.theirs.desired, 0)} />
      )}
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
