import type { Measured, StatedMeasured, Totals } from './types.js';

/** Clocks of servers may be ahead of ours by this much. */
export const FUTURE_TOLERANCE_MS = 5_000;
/** Requests per second of a server or cluster. More is an error and would overflow the database column. */
export const MOST_REQUEST_RATE = 1e12;
/** Highest plausible amount of work of a cluster, in any unit. */
const MOST_WORK = 1e15;

/** The totals, with implausible values unknown; `null`: nothing is known, or nothing recent. */
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
