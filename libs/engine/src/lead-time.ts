/** The quantile of measured lead times used for planning. */
export const LEAD_TIME_QUANTILE = 0.9;
/** The lead time until one was measured. */
export const ASSUMED_LEAD_MS = 120_000;
/** Measurements kept: enough for a distribution, few enough to follow a provider that changes. */
const WINDOW = 64;
/** Servers of one request arrive together: they may fill at most this many measurements. */
const MOST_OF_ONE_ASKING = 16;
/** Overdue servers may raise the planned time to at most this multiple of the longest measurement. */
const OVERDUE_AT_MOST = 2;

/** Distribution of a cluster's lead time, from request to active. Milliseconds. */
export interface LeadTime {
  /** Number of recent measurements. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly maxMs: number;
  /**
   * Used for planning: the quantile of the population, not of the sample; with up to nine measurements it is the
   * longest (rank ⌈0.9 (n + 1)⌉; Weibull 1939). Longer while servers are overdue.
   */
  readonly plannedMs: number;
}

/** Measured lead times, oldest first, milliseconds. */
export interface LeadTimes {
  readonly leadTimes: readonly number[];
  /** Of servers that had to wait before they could start: in Kubernetes, for a node. */
  readonly waited?: readonly number[];
}

/** Those to plan with: of servers that had to wait only if most recent ones had to. */
export function usualLeadTimes({ leadTimes, waited = [] }: LeadTimes): readonly number[] {
  return waited.length > leadTimes.length ? waited : leadTimes;
}

/**
 * Adds measurements of both kinds. Together they fill one window, so that their numbers show which kind is usual now.
 *
 * @param measured lead times of servers that became active since, of one request
 */
export function rememberBothLeadTimes(known: LeadTimes, measured: Required<LeadTimes>): LeadTimes {
  const leadTimes = rememberLeadTimes(known.leadTimes, measured.leadTimes);
  const waited = rememberLeadTimes(known.waited ?? [], measured.waited);
  if (waited.length === 0) return { leadTimes };
  return measured.waited.length === 0
    ? { leadTimes, waited: latest(waited, WINDOW - leadTimes.length) }
    : { leadTimes: latest(leadTimes, WINDOW - waited.length), waited };
}

/**
 * Adds measurements, oldest first.
 *
 * @param known earlier measurements, oldest first
 * @param measured lead times of servers that became active since, of one request
 */
function rememberLeadTimes(known: readonly number[], measured: readonly number[]): readonly number[] {
  return [...known, ...thinned(measured)].slice(-WINDOW);
}

/**
 * @param measured lead times, in any order
 * @param waiting how long servers that are not active yet have been pending
 * @returns `null` until one was measured
 */
export function leadTimeFrom(measured: readonly number[], waiting: readonly number[] = []): LeadTime | null {
  if (measured.length === 0) return null;
  const sorted = measured.toSorted((a, b) => a - b);
  const maxMs = sorted.at(-1)!;
  const rank = Math.min(sorted.length, Math.ceil(LEAD_TIME_QUANTILE * (sorted.length + 1) - 1e-9));
  const overdue = Math.min(OVERDUE_AT_MOST * maxMs, Math.max(0, ...waiting));
  return {
    count: sorted.length,
    p50Ms: quantile(sorted, 0.5),
    p90Ms: quantile(sorted, 0.9),
    maxMs,
    plannedMs: Math.max(sorted[rank - 1]!, overdue),
  };
}

function quantile(sorted: readonly number[], level: number): number {
  return sorted[Math.max(0, Math.ceil(level * sorted.length - 1e-9) - 1)]!;
}

function latest(measured: readonly number[], count: number): readonly number[] {
  return count <= 0 ? [] : measured.slice(-count);
}

/** An even sample that always contains the longest. */
function thinned(measured: readonly number[]): readonly number[] {
  if (measured.length <= MOST_OF_ONE_ASKING) return measured;
  const sorted = measured.toSorted((a, b) => a - b);
  return Array.from(
    { length: MOST_OF_ONE_ASKING },
    (_, index) => sorted[Math.round(((index + 1) * sorted.length) / MOST_OF_ONE_ASKING) - 1]!,
  );
}
