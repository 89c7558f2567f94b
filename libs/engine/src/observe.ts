import type { MetricName, Observation, RefusalReason, Sample, Server, ServerCounts, Summary, Totals } from './types.js';

/**
 * CPU above this is a fault of the source, unless it states another bound. Servers that burst, or containers that are measured against
 * their request, are seen at 200 to 300 %; a source that confuses its units is off by ten or more.
 */
export const MOST_CPU_PERCENT = 400;
/** Memory above this is a fault of the source; a little over 100 is rounding. */
const MOST_MEMORY_PERCENT = 101;

/** CPU above this (percent) cannot be true, whatever a provider states: a server of 10,000 cores. */
const MOST_CPU_OF_ANY_PERCENT = 1_000_000;
/** Requests per second, of a server or a cluster. More cannot be true, and no column of the database could hold it. */
const MOST_REQUEST_RATE = 1e12;
/** Less is nothing: single precision, in which samples are kept, knows no smaller values. */
const LEAST_VALUE = 1e-30;
/** Clocks of servers may be ahead of ours by this much. */
const FUTURE_TOLERANCE_MS = 5_000;
/** A server at this CPU or above may be refusing work: its demand is known from below only. */
export const SATURATED_PERCENT = 98;
/** From this share of the capacity on, servers that are full speak for the cluster: its demand is a lower bound. */
export const SATURATED_SHARE = 0.5;
/** So long the age of a server goes with its samples: policies have rules of their own for young ones. */
export const YOUNG_MS = 300_000;
/** A policy removes servers only if more than this share of the active ones report. */
export const ENOUGH_REPORTING = 0.8;

export interface ObserveInput {
  readonly now: number;
  readonly intervalMs: number;
  /** A sample older than this is stale; by default three intervals, but not less than 15 seconds. */
  readonly maxSampleAgeMs?: number;
  /** CPU above this is refused, percent; by default `MOST_CPU_PERCENT`. */
  readonly maxCpuPercent?: number;
  /** How long the CPU of a server that has just become active may be start-up rather than load; by default not at all. */
  readonly warmupMs?: number;
  readonly servers: readonly Server[];
  readonly samples: readonly Sample[];
  readonly totals?: Totals | null;
}

/** Sums up what one tick collected. Values that cannot be true are refused and counted, never used; the rest of their sample is. */
export function observe(input: ObserveInput): Observation {
  const { now, servers, intervalMs, warmupMs = 0 } = input;
  const counts = countStates(servers);
  const maxAgeMs = input.maxSampleAgeMs ?? Math.max(3 * intervalMs, 15_000);
  const { accepted, refused, refusedBy } = sift(input, maxAgeMs);
  const reporting = accepted.length;
  const reportingBy: Record<MetricName, number> = {
    cpu: accepted.filter(({ cpu }) => cpu !== null).length,
    memory: accepted.filter(({ memory }) => memory !== null).length,
    request_rate: accepted.filter(({ requestRate }) => requestRate !== null).length,
  };
  const judged = pastWarmUp(accepted);
  const cpu = summarize(judged, utilizationOf, ({ cpu: value }) => value);
  const memory = summarize(judged, (sample) => sample.memory);
  const full = judged.filter(isFull).length;
  const newest = accepted.reduce((latest, sample) => Math.max(latest, sample.at), Number.NEGATIVE_INFINITY);
  return {
    at: now,
    servers: counts,
    reporting,
    reportingBy,
    silent: silentOf(servers, accepted, now - maxAgeMs),
    warming: servers.filter(({ state, activeAt }) => state === 'ACTIVE' && isWarming(activeAt, now, warmupMs)).length,
    full,
    cpu,
    memory,
    requestRate:
      reportingBy.request_rate === 0
        ? null
        : (sum(accepted, (sample) => sample.requestRate) * counts.active) / reportingBy.request_rate,
    demand: cpu === null ? null : (cpu.mean / 100) * counts.active,
    saturated: cpu !== null && !isAllWarming(accepted) && isSaturated(full, judged),
    totals: recentTotals(input.totals ?? null, now, maxAgeMs),
    stalenessMs: reporting === 0 ? null : Math.max(0, now - newest),
    fresh: reporting > ENOUGH_REPORTING * counts.active,
    refused,
    refusedBy,
    samples: accepted,
  };
}

/** A server's CPU as a share of what it has, percent: there is no more of it than 100. */
export function utilizationOf({ cpu }: Pick<Sample, 'cpu'>): number | null {
  return cpu === null ? null : Math.min(100, cpu);
}

export function isFull({ cpu }: Pick<Sample, 'cpu'>): boolean {
  return cpu !== null && cpu >= SATURATED_PERCENT;
}

/** The samples that tell load: of servers past their warm-up, or of all while none of those reports CPU. */
export function pastWarmUp(samples: readonly Sample[]): readonly Sample[] {
  return samples.some(({ warming }) => warming === true) && !isAllWarming(samples)
    ? samples.filter(({ warming }) => warming !== true)
    : samples;
}

/** Whether no server past its warm-up reports CPU: what is seen may all be start-up. */
export function isAllWarming(samples: readonly Sample[]): boolean {
  return (
    samples.some(({ warming }) => warming === true) &&
    !samples.some(({ warming, cpu }) => warming !== true && cpu !== null)
  );
}

function isSaturated(full: number, judged: readonly Sample[]): boolean {
  const known = judged.filter(({ cpu }) => cpu !== null).length;
  return full >= SATURATED_SHARE * known && full > 0;
}

function countStates(servers: readonly Server[]): ServerCounts {
  let provisioning = 0;
  let active = 0;
  let draining = 0;
  for (const { state } of servers) {
    if (state === 'ACTIVE') active += 1;
    else if (state === 'PROVISIONING') provisioning += 1;
    else if (state === 'DRAINING') draining += 1;
  }
  return { provisioning, active, draining };
}

function isWarming(activeAt: number | null | undefined, at: number, warmupMs: number): boolean {
  return typeof activeAt === 'number' && at - activeAt < warmupMs;
}

/** What of its age a sample tells: nothing, once the server is old. */
function youthOf(
  activeAt: number | null | undefined,
  at: number,
  warmupMs: number,
): Pick<Sample, 'warming' | 'ageMs'> | null {
  if (typeof activeAt !== 'number' || at - activeAt >= Math.max(warmupMs, YOUNG_MS)) return null;
  const ageMs = at - activeAt;
  return { ...(ageMs < warmupMs ? { warming: true } : {}), ...(ageMs < YOUNG_MS ? { ageMs } : {}) };
}

/** @param since servers that became active later had no time to report yet */
function silentOf(servers: readonly Server[], accepted: readonly Sample[], since: number): number {
  const heard = new Set(accepted.map(({ serverId }) => serverId));
  return servers.filter(
    ({ id, state, activeAt }) =>
      state === 'ACTIVE' && !heard.has(id) && (activeAt ?? Number.NEGATIVE_INFINITY) <= since,
  ).length;
}

function recentTotals(totals: Totals | null, now: number, maxAgeMs: number): Totals | null {
  if (totals === null || !(totals.at >= now - maxAgeMs && totals.at <= now + FUTURE_TOLERANCE_MS)) return null;
  const { at, requestRate } = totals;
  return requestRate !== null && requestRate >= 0 && requestRate <= MOST_REQUEST_RATE ? { at, requestRate } : null;
}

interface Sifted {
  readonly accepted: readonly Sample[];
  readonly refused: Partial<Record<RefusalReason, number>>;
  readonly refusedBy: Partial<Record<MetricName, number>>;
}

function sift({ now, servers, samples, warmupMs = 0, maxCpuPercent }: ObserveInput, maxAgeMs: number): Sifted {
  const active = new Map<string, Server>();
  for (const server of servers) if (server.state === 'ACTIVE') active.set(server.id, server);
  const newest = new Map<string, Sample>();
  const refused: Partial<Record<RefusalReason, number>> = {};
  const refusedBy: Partial<Record<MetricName, number>> = {};
  const refuse = (reason: RefusalReason): void => {
    refused[reason] = (refused[reason] ?? 0) + 1;
  };
  for (const sample of samples) {
    const reason = faultOfTime(sample.at, now, maxAgeMs);
    const server = active.get(sample.serverId);
    if (reason !== null) refuse(reason);
    else if (server === undefined) refuse('unknown_server');
    else {
      const { values, faults } = fieldsOf(sample, maxCpuPercent ?? MOST_CPU_PERCENT);
      const known = newest.get(sample.serverId);
      for (const { metric } of faults) refusedBy[metric] = (refusedBy[metric] ?? 0) + 1;
      if (known !== undefined) refuse('duplicate');
      else if (faults.length > 0) refuse(worstOf(faults));
      if (values === null || (known !== undefined && sample.at <= known.at)) continue;
      const { serverId, at } = sample;
      newest.set(serverId, { serverId, at, ...values, ...youthOf(server.activeAt, at, warmupMs) });
    }
  }
  return { accepted: [...newest.values()], refused, refusedBy };
}

function faultOfTime(at: number, now: number, maxAgeMs: number): RefusalReason | null {
  if (!Number.isFinite(at)) return 'not_a_number';
  if (at > now + FUTURE_TOLERANCE_MS) return 'in_the_future';
  return at < now - maxAgeMs ? 'stale' : null;
}

/** @param highest what counts for the maximum, where that is not what counts for the mean */
function summarize(
  samples: readonly Sample[],
  value: (sample: Sample) => number | null,
  highest: (sample: Sample) => number | null = value,
): Summary | null {
  const known = samples.filter((sample) => value(sample) !== null);
  if (known.length === 0) return null;
  return {
    mean: sum(known, value) / known.length,
    max: known.reduce((most, sample) => Math.max(most, highest(sample) ?? 0), 0),
  };
}

function sum(samples: readonly Sample[], value: (sample: Sample) => number | null): number {
  let total = 0;
  for (const sample of samples) total += value(sample) ?? 0;
  return total;
}

type Values = Pick<Sample, 'cpu' | 'memory' | 'requestRate'>;

/** A value that cannot be true. */
interface FieldFault {
  readonly metric: MetricName;
  readonly reason: 'not_a_number' | 'out_of_range';
}

/**
 * The values of a sample, each judged by itself: one that cannot be true becomes `null`, as one that is missing.
 *
 * @param maxCpuPercent CPU above this cannot be true
 * @returns `values` is `null` where none is known
 */
function fieldsOf(
  sample: Values,
  maxCpuPercent: number,
): { readonly values: Values | null; readonly faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const judge = (metric: MetricName, value: number | null, most: number): number | null => {
    if (value === null) return null;
    if (value >= 0 && value <= most) return value < LEAST_VALUE ? 0 : value;
    faults.push({ metric, reason: Number.isFinite(value) ? 'out_of_range' : 'not_a_number' });
    return null;
  };
  const values: Values = {
    cpu: judge('cpu', sample.cpu, Math.min(maxCpuPercent, MOST_CPU_OF_ANY_PERCENT)),
    memory: judge('memory', sample.memory, MOST_MEMORY_PERCENT),
    requestRate: judge('request_rate', sample.requestRate, MOST_REQUEST_RATE),
  };
  const isEmpty = values.cpu === null && values.memory === null && values.requestRate === null;
  return { values: isEmpty ? null : values, faults };
}

/** What a sample with several faults is counted as. */
function worstOf(faults: readonly FieldFault[]): RefusalReason {
  return faults.some(({ reason }) => reason === 'not_a_number') ? 'not_a_number' : 'out_of_range';
}
