import type {
  Lateness,
  MetricName,
  Observation,
  RefusalReason,
  Sample,
  Server,
  ServerCounts,
  StatedMeasured,
  Summary,
  Totals,
} from './types.js';
import { FUTURE_TOLERANCE_MS, MOST_REQUEST_RATE, recentMeasured, recentTotals } from './demand/totals.js';

/**
 * CPU above this is an error of the source, unless it declares another limit. Burstable servers, or containers measured
 * against their request, reach 200 to 300 %; a source with wrong units is off by a factor of ten or more.
 */
export const MOST_CPU_PERCENT = 400;
/** Memory above this is an error of the source; slightly above 100 is rounding. */
const MOST_MEMORY_PERCENT = 101;

/** CPU above this (percent; 10,000 cores) is an error, regardless of the limit that a provider declares. */
const MOST_CPU_OF_ANY_PERCENT = 1_000_000;
/** Smaller values count as zero: samples are stored in single precision, which has no smaller values. */
const LEAST_VALUE = 1e-30;
/** A server at or above this CPU may be saturated: its demand is only a lower bound. */
export const SATURATED_PERCENT = 98;
/** If full servers make up this share of the capacity, the cluster's demand is a lower bound. */
export const SATURATED_SHARE = 0.5;
/** Samples carry the age of their server up to this age: policies treat young servers differently. */
export const YOUNG_MS = 300_000;
/** A policy removes servers only if more than this share of the active ones report. */
export const ENOUGH_REPORTING = 0.8;

export interface ObserveInput {
  readonly now: number;
  readonly intervalMs: number;
  /** An older sample is stale; default: three intervals, at least 15 seconds. */
  readonly maxSampleAgeMs?: number;
  /** Higher CPU is rejected, percent; default `MOST_CPU_PERCENT`. */
  readonly maxCpuPercent?: number;
  /** How long the CPU of a new server may be start-up work rather than load; default 0. */
  readonly warmupMs?: number;
  readonly servers: readonly Server[];
  readonly samples: readonly Sample[];
  readonly totals?: Totals | null;
  /** Slow or failed requests, where the source counts them. */
  readonly measured?: StatedMeasured | null;
  /** Whether a part of the metrics could not be read. */
  readonly partial?: boolean;
  /** Samples of a late source become stale later by that much, and show the demand of the servers at their time. */
  readonly late?: Lateness | null;
}

/**
 * Aggregates what a tick collected. Implausible values are rejected and counted; the other values of their sample are
 * used.
 */
export function observe(input: ObserveInput): Observation {
  const { now, servers, intervalMs, warmupMs = 0, late = null } = input;
  const counts = countStates(servers);
  const maxAgeMs = (input.maxSampleAgeMs ?? Math.max(3 * intervalMs, 15_000)) + (late?.ms ?? 0);
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
  const measured = recentMeasured(input.measured ?? null, now, maxAgeMs);
  const newest = accepted.reduce((latest, sample) => Math.max(latest, sample.at), Number.NEGATIVE_INFINITY);
  const unheard = unheardOf(servers, accepted);
  // They took none of the load in the samples, or a part of it at most. Counted with the load of the others, they would
  // make the demand of a cluster that just grew a multiple of itself.
  const newcomers = reporting === 0 ? [] : unheard.filter((one) => !activeBy(newest - (late?.ms ?? 0))(one));
  const isYoung = ({ activeAt }: Server): boolean => isWarming(activeAt, now, warmupMs);
  const loaded = Math.max(reporting, late?.servers ?? counts.active - newcomers.length);
  return {
    at: now,
    servers: counts,
    reporting,
    reportingBy,
    // Servers that became active later had no time to report yet.
    silent: unheard.filter(activeBy(now - maxAgeMs)).length,
    loaded,
    warming:
      late === null
        ? servers.filter((one) => one.state === 'ACTIVE' && isYoung(one)).length - newcomers.filter(isYoung).length
        : accepted.filter(({ warming }) => warming === true).length,
    full,
    cpu,
    memory,
    requestRate:
      reportingBy.request_rate === 0
        ? null
        : (sum(accepted, (sample) => sample.requestRate) * loaded) / reportingBy.request_rate,
    demand: cpu === null ? null : (cpu.mean / 100) * loaded,
    saturated: cpu !== null && !isAllWarming(accepted) && isSaturated(full, judged),
    totals: recentTotals(input.totals ?? null, now, maxAgeMs),
    ...(measured === null ? {} : { measured }),
    ...(input.partial === true ? { partial: true } : {}),
    stalenessMs: reporting === 0 ? null : Math.max(0, now - newest),
    ...(late === null ? {} : { late }),
    fresh: reporting > ENOUGH_REPORTING * counts.active,
    refused,
    refusedBy,
    samples: accepted,
  };
}

/** CPU as a share of a server's capacity in percent, limited to 100. */
export function utilizationOf({ cpu }: Pick<Sample, 'cpu'>): number | null {
  return cpu === null ? null : Math.min(100, cpu);
}

export function isFull({ cpu }: Pick<Sample, 'cpu'>): boolean {
  return cpu !== null && cpu >= SATURATED_PERCENT;
}

/** The samples that show load: of servers past warm-up, or of all while none of those reports CPU. */
export function pastWarmUp(samples: readonly Sample[]): readonly Sample[] {
  return samples.some(({ warming }) => warming === true) && !isAllWarming(samples)
    ? samples.filter(({ warming }) => warming !== true)
    : samples;
}

/** Whether no server past its warm-up reports CPU: all observed CPU may be start-up work. */
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

/** The age fields of a sample; none once the server is old. */
function youthOf(
  activeAt: number | null | undefined,
  at: number,
  warmupMs: number,
): Pick<Sample, 'warming' | 'ageMs'> | null {
  if (typeof activeAt !== 'number' || at - activeAt >= Math.max(warmupMs, YOUNG_MS)) return null;
  const ageMs = at - activeAt;
  return { ...(ageMs < warmupMs ? { warming: true } : {}), ...(ageMs < YOUNG_MS ? { ageMs } : {}) };
}

/** Active servers without an accepted sample. */
function unheardOf(servers: readonly Server[], accepted: readonly Sample[]): readonly Server[] {
  const heard = new Set(accepted.map(({ serverId }) => serverId));
  return servers.filter(({ id, state }) => state === 'ACTIVE' && !heard.has(id));
}

function activeBy(time: number): (server: Server) => boolean {
  return ({ activeAt }) => (activeAt ?? Number.NEGATIVE_INFINITY) <= time;
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

/** @param highest the maximum, if it is computed from other values than the mean */
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

/** An implausible value. */
interface FieldFault {
  readonly metric: MetricName;
  readonly reason: 'not_a_number' | 'out_of_range';
}

/**
 * Checks the values of a sample one by one: an implausible one becomes `null`, like a missing one.
 *
 * @param maxCpuPercent higher CPU is implausible
 * @returns `values` is `null` if none is left
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

/** The reason under which a sample with several errors is counted. */
function worstOf(faults: readonly FieldFault[]): RefusalReason {
  return faults.some(({ reason }) => reason === 'not_a_number') ? 'not_a_number' : 'out_of_range';
}
