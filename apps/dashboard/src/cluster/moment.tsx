import type { ChartData } from '../chart/series';
import type { Limits } from '../chart/timeline-chart';
import { inPercent, moment as momentWords, number } from '../layout/words';
import { hpaName } from './hpa';
import classes from './timeline.module.css';

/** Values at one time. `null`: unknown. */
export interface MomentValues {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly demand: number | null;
  readonly active: number | null;
  readonly cpu: number | null;
  readonly isOver: boolean;
  readonly provisioning: number | null;
  readonly draining: number | null;
  readonly desired: number | null;
  /** What another autoscaler wanted; `null`: there is none. */
  readonly theirs: { readonly by: string; readonly desired: number | null } | null;
  /** The count of the policy on trial; `null`: none is on trial in the whole chart. */
  readonly trial: { readonly desired: number | null } | null;
  /** Servers that a Kubernetes HPA would have; `null`: unknown in the whole chart. */
  readonly hpa: { readonly target: number; readonly servers: number | null } | null;
  /** The forecast for this time: demand that was planned for, median and 99 % quantile; `null`: none. */
  readonly forecast: {
    readonly planned: number | null;
    readonly p50: number | null;
    readonly p99: number | null;
  } | null;
}

export function momentAt(data: ChartData | null, index: number, limits: Limits): MomentValues | null {
  const x = data?.observed.x[index];
  if (data === null || x === undefined) return null;
  const { observed } = data;
  const cpu = observed.cpu[index] ?? null;
  return {
    at: x * 1000,
    demand: observed.demand[index] ?? null,
    active: observed.active[index] ?? null,
    cpu,
    isOver: limits.rules.some(({ kind, value }) => kind === 'promise' && cpu !== null && cpu > value),
    provisioning: observed.provisioning[index] ?? null,
    draining: observed.draining[index] ?? null,
    desired: observed.desired[index] ?? null,
    theirs: data.theirsBy === null ? null : { by: data.theirsBy, desired: observed.theirs[index] ?? null },
    trial: observed.trial.some((count) => count !== null) ? { desired: observed.trial[index] ?? null } : null,
    hpa: observed.hpa.some((count) => count !== null)
      ? { target: data.hpaTarget, servers: observed.hpa[index] ?? null }
      : null,
    forecast: forecastFor(data, x),
  };
}

/** The newest forecast made for this time or an earlier one. */
function forecastFor({ forecasts }: ChartData, x: number): MomentValues['forecast'] {
  const at = forecasts.x.findLastIndex((time) => time <= x);
  const planned = forecasts.upper[at] ?? null;
  return planned === null ? null : { planned, p50: forecasts.p50[at] ?? null, p99: forecasts.p99[at] ?? null };
}

/** Text for screen readers. */
export function inWords(values: MomentValues, now: number): string {
  const { at, demand, active, cpu, provisioning, draining, desired, theirs, trial, hpa, forecast } = values;
  const parts = [
    `demand ${number(demand)}`,
    `${number(active, 0)} active`,
    ...(forecast === null ? [] : [`planned for ${number(forecast.planned)}`, `forecast ${rangeWords(forecast)}`]),
    `utilization ${cpu === null ? 'not known' : inPercent(cpu)}`,
    `${number(desired, 0)} desired`,
    ...(theirs === null ? [] : [`${number(theirs.desired, 0)} wanted by ${theirs.by}`]),
    ...(trial === null ? [] : [`${number(trial.desired, 0)} wanted by the policy on trial`]),
    ...(hpa === null ? [] : [`${number(hpa.servers, 0)} with an ${hpaName(hpa.target)}`]),
    ...((provisioning ?? 0) > 0 ? [`${number(provisioning, 0)} provisioning`] : []),
    ...((draining ?? 0) > 0 ? [`${number(draining, 0)} draining`] : []),
  ];
  return `${momentWords(at, now)}: ${parts.join(', ')}`;
}

/** Half of the outcomes are above the first number, one in a hundred is above the second. */
function rangeWords({ p50, p99 }: NonNullable<MomentValues['forecast']>): string {
  return `${number(p50)} to ${number(p99)}`;
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
      {moment !== null && moment.forecast !== null && (
        <>
          <Value color="forecast" label="Planned for" text={number(moment.forecast.planned)} />
          <Value color="forecast-soft" label="Forecast, 50 to 99 %" text={rangeWords(moment.forecast)} />
        </>
      )}
      <Value color="load" label="Utilization" text={inPercent(cpu)} bad={moment?.isOver ?? false} />
      <Value color="active" label="Active" text={number(moment?.active, 0)} />
      <Value color="provisioning" label="Provisioning" text={number(moment?.provisioning, 0)} />
      <Value color="draining" label="Draining" text={number(moment?.draining, 0)} />
      <Value color="desired" label="Desired" text={number(moment?.desired, 0)} />
      {moment !== null && moment.theirs !== null && (
        <Value color="theirs" label={moment.theirs.by} text={number(moment.theirs.desired, 0)} />
      )}
      {moment !== null && moment.trial !== null && (
        <Value color="trial" label="On trial" text={number(moment.trial.desired, 0)} />
      )}
      {moment !== null && moment.hpa !== null && (
        <Value color="hpa" label={hpaName(moment.hpa.target)} text={number(moment.hpa.servers, 0)} />
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
