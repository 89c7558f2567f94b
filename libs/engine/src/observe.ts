import type { Observation, RefusalReason, Sample, Server, ServerCounts, Summary } from './types.js';

/** CPU or memory above this is a fault of the source; a little over 100 is rounding. */
const MOST_PERCENT = 101;
/** Clocks of servers may be ahead of ours by this much. */
const FUTURE_TOLERANCE_MS = 5_000;
/** A server at this CPU or above may be refusing work: its demand is known from below only. */
export const SATURATED_PERCENT = 98;
/** The share of active servers that must report before their silence may cost one its place. */
const ENOUGH_REPORTING = 0.5;

export interface ObserveInput {
  readonly now: number;
  readonly intervalMs: number;
  /** A sample older than this is stale; by default three intervals, but not less than 15 seconds. */
  readonly maxSampleAgeMs?: number;
  readonly servers: readonly Server[];
  readonly samples: readonly Sample[];
}

/** Sums up what one tick collected. Samples that cannot be true are refused and counted, never used. */
export function observe(input: ObserveInput): Observation {
  const { now, servers } = input;
  const counts = countStates(servers);
  const { accepted, refused } = sift(input);
  const reporting = accepted.length;
  const cpu = summarise(accepted, (sample) => sample.cpu);
  const memory = summarise(accepted, (sample) => sample.memory);
  const scale = reporting === 0 ? 0 : counts.active / reporting;
  const newest = accepted.reduce((latest, sample) => Math.max(latest, sample.at), Number.NEGATIVE_INFINITY);
  return {
    at: now,
    servers: counts,
    reporting,
    cpu,
    memory,
    requestRate: reporting === 0 ? null : sum(accepted, (sample) => sample.requestRate) * scale,
    demand: cpu === null ? null : (cpu.mean / 100) * counts.active,
    saturated: cpu !== null && cpu.mean >= SATURATED_PERCENT,
    stalenessMs: reporting === 0 ? null : Math.max(0, now - newest),
    fresh: counts.active > 0 && reporting >= counts.active * ENOUGH_REPORTING,
    refused,
    samples: accepted,
  };
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

function sift({ now, intervalMs, maxSampleAgeMs, servers, samples }: ObserveInput): {
  accepted: readonly Sample[];
  refused: Partial<Record<RefusalReason, number>>;
} {
  const maxAge = maxSampleAgeMs ?? Math.max(3 * intervalMs, 15_000);
  const active = new Set<string>();
  for (const { id, state } of servers) if (state === 'ACTIVE') active.add(id);
  const newest = new Map<string, Sample>();
  const refused: Partial<Record<RefusalReason, number>> = {};
  const refuse = (reason: RefusalReason): void => {
    refused[reason] = (refused[reason] ?? 0) + 1;
  };
  for (const sample of samples) {
    const reason = faultOf(sample, now, maxAge);
    if (reason !== null) refuse(reason);
    else if (!active.has(sample.serverId)) refuse('unknown_server');
    else {
      const known = newest.get(sample.serverId);
      if (known !== undefined) refuse('duplicate');
      if (known === undefined || sample.at > known.at) newest.set(sample.serverId, sample);
    }
  }
  return { accepted: [...newest.values()], refused };
}

function faultOf({ at, cpu, memory, requestRate }: Sample, now: number, maxAge: number): RefusalReason | null {
  if (!Number.isFinite(at) || !Number.isFinite(cpu) || !Number.isFinite(memory) || !Number.isFinite(requestRate))
    return 'not_a_number';
  if (cpu < 0 || cpu > MOST_PERCENT || memory < 0 || memory > MOST_PERCENT || requestRate < 0) return 'out_of_range';
  if (at > now + FUTURE_TOLERANCE_MS) return 'in_the_future';
  if (at < now - maxAge) return 'stale';
  return null;
}

function summarise(samples: readonly Sample[], value: (sample: Sample) => number): Summary | null {
  if (samples.length === 0) return null;
  return {
    mean: sum(samples, value) / samples.length,
    max: samples.reduce((most, sample) => Math.max(most, value(sample)), 0),
  };
}

function sum(samples: readonly Sample[], value: (sample: Sample) => number): number {
  let total = 0;
  for (const sample of samples) total += value(sample);
  return total;
}
