/** The quantile of the measured lead times that is planned with. */
export const LEAD_TIME_QUANTILE = 0.9;
/** A lead time to plan with until one was measured. */
export const ASSUMED_LEAD_MS = 120_000;
/** So many times are remembered: enough to be a distribution, few enough to follow a provider that changes its ways. */
const WINDOW = 64;
/** Servers asked for together come together: one asking may take no more than this share of what is remembered. */
const MOST_OF_ONE_ASKING = 16;
/** A server that was asked for and never comes may say no more than that times are this much longer than any that was measured. */
const OVERDUE_AT_MOST = 2;

/** How long a cluster's servers take from being asked for to being active, as a distribution. Milliseconds. */
export interface LeadTime {
  /** How many times were measured, of late. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly maxMs: number;
  /**
   * What is planned with: the quantile of the population, not of the sample, which for up to nine times is the longest of them
   * (rank ⌈0.9 (n + 1)⌉; Weibull 1939); longer while servers are overdue.
   */
  readonly plannedMs: number;
}

/**
 * Adds times that were measured, oldest first.
 *
 * @param known the times so far, oldest first
 * @param measured times of servers that became active since, of one asking
 */
export function rememberLeadTimes(known: readonly number[], measured: readonly number[]): readonly number[] {
  return [...known, ...thinned(measured)].slice(-WINDOW);
}

/**
 * @param measured times, in any order
 * @param waiting how long servers that are not active yet have been waited for
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

/** Evenly over the whole, the longest always among them. */
function thinned(measured: readonly number[]): readonly number[] {
  if (measured.length <= MOST_OF_ONE_ASKING) return measured;
  const sorted = measured.toSorted((a, b) => a - b);
  return Array.from(
    { length: MOST_OF_ONE_ASKING },
    (_, index) => sorted[Math.round(((index + 1) * sorted.length) / MOST_OF_ONE_ASKING) - 1]!,
  );
}
