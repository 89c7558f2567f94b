import type { Measured, Observation, StatedMeasured, Totals } from '../types.js';

/** Clocks of servers may be ahead of ours by this much. */
export const FUTURE_TOLERANCE_MS = 5_000;
/** Requests per second of a server or cluster. More is an error and would overflow the database column. */
export const MOST_REQUEST_RATE = 1e12;
/** Highest plausible amount of work of a cluster, in any unit. */
const MOST_WORK = 1e15;

/** The totals that a source states of a whole cluster, with implausible values unknown; `null`: nothing is known, or nothing recent. */
export function recentTotals(totals: Totals | null, now: number, maxAgeMs: number): Totals | null {
  if (totals === null || !isRecent(totals, now, maxAgeMs)) return null;
  const { at, requestRate, demand, capacity } = totals;
  const rate = inRange(requestRate, MOST_REQUEST_RATE);
  if (demand === undefined) return rate === null ? null : { at, requestRate: rate };
  const isKnown = capacity !== undefined && Number.isFinite(capacity) && capacity > 0;
  return { at, requestRate: rate, demand: inRange(demand, MOST_WORK), ...(isKnown ? { capacity } : {}) };
}

/** The same for slow or failed requests, which cannot be more than all. */
export function recentMeasured(stated: StatedMeasured | null, now: number, maxAgeMs: number): Measured | null {
  if (stated === null || !isRecent(stated, now, maxAgeMs)) return null;
  const requestRate = inRange(stated.requestRate, MOST_REQUEST_RATE);
  return { requestRate, badRate: inRange(stated.badRate, requestRate ?? MOST_REQUEST_RATE) };
}

function isRecent({ at }: Pick<Totals, 'at'>, now: number, maxAgeMs: number): boolean {
  return at >= now - maxAgeMs && at <= now + FUTURE_TOLERANCE_MS;
}

function inRange(value: number | null, most: number): number | null {
  return value !== null && value >= 0 && value <= most ? value : null;
}

/**
 * Learned capacity for work (`Totals.demand`) per server: decayed sums of demand times load and of load squared, where
 * load is CPU in servers. Plain JSON.
 */
export interface WorkCapacity {
  readonly demandLoad: number;
  readonly loadLoad: number;
}

export const NO_WORK: WorkCapacity = { demandLoad: 0, loadLoad: 0 };

/** Sum of squared load from which the capacity is known: a few minutes of a cluster at half load. */
const ENOUGH_LOAD = 5;
/** Upper limit of servers for work: above it the source or the capacity is wrong. */
const MOST_SERVERS = 20_000;

/**
 * Learns from an observation.
 *
 * @param keep share of the earlier knowledge that still counts
 * @param load servers' worth of CPU in use
 */
export function withWork(known: WorkCapacity, keep: number, demand: number, load: number): WorkCapacity {
  return { demandLoad: known.demandLoad * keep + demand * load, loadLoad: known.loadLoad * keep + load * load };
}

/** Work that one server handles at full load, as stated by the source or learned; `null`: unknown. */
function capacityOf({ capacity }: Totals, { demandLoad, loadLoad }: WorkCapacity): number | null {
  if (capacity !== undefined) return capacity;
  return loadLoad < ENOUGH_LOAD || demandLoad <= 0 ? null : demandLoad / loadLoad;
}

/** Servers' worth of queued and running work; `null`: the source states none, or the capacity is unknown. */
export function workDemand({ totals }: Pick<Observation, 'totals'>, known: WorkCapacity): number | null {
  const demand = totals?.demand ?? null;
  if (totals === null || demand === null) return null;
  // Without work no server is needed, even if the capacity is unknown.
  if (demand === 0) return 0;
  const capacity = capacityOf(totals, known);
  return capacity === null ? null : Math.min(demand / capacity, MOST_SERVERS);
}

/** Read from JSON; `undefined` if it is invalid. */
export function workFrom(value: unknown): WorkCapacity | undefined {
  const { demandLoad, loadLoad } = (value ?? {}) as Partial<WorkCapacity>;
  return Number.isFinite(demandLoad) && Number.isFinite(loadLoad) ? (value as WorkCapacity) : undefined;
}
