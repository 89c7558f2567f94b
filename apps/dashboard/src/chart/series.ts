import type { Schema } from '../api/client';

type Timeline = Schema['TimelineDto'];
export type Column = (number | null)[];

/** Observations in columns of equal length; `x` in seconds since the epoch, as uPlot expects. */
export interface Observed {
  readonly x: number[];
  readonly demand: Column;
  readonly demandMax: Column;
  readonly cpu: Column;
  readonly cpuMax: Column;
  readonly active: Column;
  readonly provisioning: Column;
  readonly draining: Column;
  readonly desired: Column;
  /** The count that another autoscaler wanted. */
  readonly theirs: Column;
  /** The count of the policy on trial. */
  readonly trial: Column;
  /** Servers that a Kubernetes HPA would have. */
  readonly hpa: Column;
}

/** Forecasts by target time, one horizon after they were made; those of times to come are the curve ahead. */
export interface Forecasts {
  readonly x: number[];
  readonly p50: Column;
  readonly p99: Column;
  readonly upper: Column;
}

export interface ChartData {
  readonly observed: Observed;
  readonly forecasts: Forecasts;
  /** The end of the newest forecast, seconds since the epoch; `null`: it is over. */
  readonly until: number | null;
  /** The other autoscaler that was there last; `null`: none. */
  readonly theirsBy: string | null;
  /** CPU target of the HPA whose count is shown, percent. */
  readonly hpaTarget: number;
  /** The end of a simulated past, seconds since the epoch; `null`: there is none. */
  readonly simulatedUntil: number | null;
}

/** One tick from a live event. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly demand: number | null;
  readonly cpu: number | null;
  readonly cpuMax: number | null;
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly desired: number | null;
  readonly theirs: { readonly by: string; readonly desired: number } | null;
  readonly trial: number | null;
  readonly hpa: number | null;
}

/** One forecast from a live event. */
export interface HeardForecast {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly horizonMs: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly upper: number;
}

/** A gap of at least this many steps is drawn as a gap. */
const HOLE_STEPS = 4;
const LEAST_HOLE_MS = 45_000;
/** The same in a simulated past, which has a point per minute. */
const LEAST_HOLE_IN_PAST_MS = 90_000;

const COLUMNS = [
  'demand',
  'demandMax',
  'cpu',
  'cpuMax',
  'active',
  'provisioning',
  'draining',
  'desired',
  'theirs',
  'trial',
  'hpa',
] as const;

export function nothingObserved(): Observed {
  return {
    x: [],
    demand: [],
    demandMax: [],
    cpu: [],
    cpuMax: [],
    active: [],
    provisioning: [],
    draining: [],
    desired: [],
    theirs: [],
    trial: [],
    hpa: [],
  };
}

function push(into: Observed, x: number, values: Record<(typeof COLUMNS)[number], number | null>): void {
  into.x.push(x);
  for (const column of COLUMNS) into[column].push(values[column]);
}

const NOTHING = {
  demand: null,
  demandMax: null,
  cpu: null,
  cpuMax: null,
  active: null,
  provisioning: null,
  draining: null,
  desired: null,
  theirs: null,
  trial: null,
  hpa: null,
};

/** A time between two observations in which there is none; seconds since the epoch. */
interface Hole {
  readonly from: number;
  readonly to: number;
}

/** Distance of the empty row that begins a gap from the last observation, seconds. */
const GAP_AFTER = 0.001;

/**
 * Loaded data followed by live ticks and forecasts, in the same step size, so that the line looks the same on both
 * sides. Gaps in time become gaps in all lines, those of forecasts included.
 *
 * @param simulatedUntilMs end of a simulated past, milliseconds since the epoch; `null`: there is none
 */
export function joined(
  timeline: Timeline,
  ticks: readonly Tick[],
  heardForecasts: readonly HeardForecast[] = [],
  simulatedUntilMs: number | null = null,
): ChartData {
  const observed = nothingObserved();
  const simulatedUntil = simulatedUntilMs === null ? null : simulatedUntilMs / 1000;
  const holeAfter = (x: number): number => {
    const least = simulatedUntil !== null && x < simulatedUntil ? LEAST_HOLE_IN_PAST_MS : LEAST_HOLE_MS;
    return Math.max(timeline.step_ms * HOLE_STEPS, least) / 1000;
  };
  const holes: Hole[] = [];
  const add = (x: number, values: Record<(typeof COLUMNS)[number], number | null>): void => {
    const last = observed.x.at(-1);
    if (last !== undefined && x - last > holeAfter(last)) {
      push(observed, last + GAP_AFTER, NOTHING);
      holes.push({ from: last, to: x });
    }
    push(observed, x, values);
  };
  timeline.timestamps.forEach((timestamp, index) => {
    add(Date.parse(timestamp) / 1000, {
      demand: timeline.demand[index] ?? null,
      demandMax: timeline.demand_max[index] ?? null,
      cpu: timeline.cpu[index] ?? null,
      cpuMax: timeline.cpu_max[index] ?? null,
      active: timeline.active[index] ?? null,
      provisioning: timeline.provisioning[index] ?? null,
      draining: timeline.draining[index] ?? null,
      desired: timeline.desired[index] ?? null,
      theirs: timeline.theirs[index] ?? null,
      trial: timeline.trial[index] ?? null,
      hpa: timeline.hpa[index] ?? null,
    });
  });
  const loadedUntil = (observed.x.at(-1) ?? 0) * 1000;
  for (const bucket of buckets(
    ticks.filter(({ at }) => at > loadedUntil + 1),
    timeline.step_ms,
  )) {
    const [newest] = bucket.slice(-1);
    if (newest === undefined) continue;
    add(newest.at / 1000, {
      demand: mean(bucket.map(({ demand }) => demand)),
      demandMax: highest(bucket.map(({ demand }) => demand)),
      cpu: mean(bucket.map(({ cpu }) => cpu)),
      cpuMax: highest(bucket.map(({ cpuMax }) => cpuMax)),
      active: mean(bucket.map(({ active }) => active)),
      provisioning: highest(bucket.map(({ provisioning }) => provisioning)),
      draining: highest(bucket.map(({ draining }) => draining)),
      // Until the first event it stays at the loaded value.
      desired: newest.desired ?? observed.desired.at(-1) ?? null,
      theirs: newest.theirs?.desired ?? null,
      trial: newest.trial,
      hpa: newest.hpa,
    });
  }
  const theirsBy = ticks.findLast(({ theirs }) => theirs !== null)?.theirs?.by ?? timeline.theirs_by;
  const made = madeOf(timeline, heardForecasts);
  const now = observed.x.at(-1) ?? 0;
  const forecasts = byTarget(made, holes);
  const end = forecasts.x.at(-1) ?? now;
  const until = end > now ? end : null;
  return { observed, forecasts, until, theirsBy, hpaTarget: timeline.hpa_target, simulatedUntil };
}

function buckets(ticks: readonly Tick[], stepMs: number): Tick[][] {
  const found: Tick[][] = [];
  let current = Number.NaN;
  for (const tick of ticks) {
    const bucket = Math.floor(tick.at / stepMs);
    if (bucket !== current) found.push([]);
    current = bucket;
    found.at(-1)?.push(tick);
  }
  return found;
}

/** All forecasts, oldest first. */
function madeOf({ forecasts }: Timeline, heard: readonly HeardForecast[]): HeardForecast[] {
  const loaded = forecasts.timestamps.map((made, index) => ({
    at: Date.parse(made),
    horizonMs: forecasts.horizon_ms[index] ?? 0,
    p50: forecasts.p50[index] ?? null,
    p99: forecasts.p99[index] ?? null,
    upper: forecasts.upper[index] ?? 0,
  }));
  const until = loaded.at(-1)?.at ?? 0;
  return [...loaded, ...heard.filter(({ at }) => at > until)];
}

/** Forecasts by target time. The last one before a hole is cut at the hole. */
function byTarget(made: readonly HeardForecast[], holes: readonly Hole[]): Forecasts {
  const into: Forecasts = { x: [], p50: [], p99: [], upper: [] };
  const put = (x: number, forecast: HeardForecast | null): void => {
    if (x <= (into.x.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
    into.x.push(x);
    into.p50.push(forecast?.p50 ?? null);
    into.p99.push(forecast?.p99 ?? null);
    into.upper.push(forecast?.upper ?? null);
  };
  const left = [...holes];
  let latest = Number.NEGATIVE_INFINITY;
  let isFirst = true;
  let since = Number.NEGATIVE_INFINITY;
  for (const forecast of made) {
    const at = forecast.at / 1000;
    const due = at + forecast.horizonMs / 1000;
    // After the lead time became shorter, a later forecast may have an earlier target time.
    if (due <= latest) continue;
    latest = due;
    // The first one is also drawn from when it was made, because none was made for that time before.
    const start = (): number => Math.max(at, since);
    for (let hole = left[0]; hole !== undefined && hole.from < due; hole = left[0]) {
      if (at < hole.from) {
        if (isFirst) put(start(), forecast);
        put(hole.from, forecast);
      }
      if (due < hole.to) break;
      put(hole.from + GAP_AFTER, null);
      isFirst = true;
      since = hole.to;
      left.shift();
    }
    if (left[0] !== undefined && left[0].from < due) continue;
    if (isFirst) put(start(), forecast);
    isFirst = false;
    put(due, forecast);
  }
  return into;
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Whether a time range (milliseconds since the epoch) has data: an observation, or a line through it without a gap. */
export function isObserved({ x, active }: Observed, [from, to]: readonly [number, number]): boolean {
  const first = x.findIndex((time) => time * 1000 >= from);
  if (first < 0) return false;
  const known = (index: number): boolean => (active[index] ?? null) !== null;
  const after = x.findIndex((time) => time * 1000 > to);
  const end = after < 0 ? x.length : after;
  if (first === end) return known(first - 1) && known(first);
  return x.slice(first, end).some((_time, index) => known(first + index));
}

/** Index of the nearest time to `x` in ascending times; -1 if there is none. */
export function nearest(times: readonly number[], x: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && x - (times[low - 1] ?? 0) < (times[low] ?? 0) - x) return low - 1;
  return times.length === 0 ? -1 : low;
}
