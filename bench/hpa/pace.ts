/** How regularly something was done. Real seconds. */
export interface Pace {
  readonly median: number;
  /** 95 % of the intervals are no longer. */
  readonly p95: number;
  readonly longest: number;
}

/** @param times when it was done, ascending, milliseconds; `null` for fewer than two */
export function paceOf(times: readonly number[]): Pace | null {
  const gaps = times.slice(1).map((time, index) => (time - times[index]!) / 1000);
  if (gaps.length === 0) return null;
  const sorted = gaps.toSorted((a, b) => a - b);
  const quantile = (level: number): number => sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)]!;
  return { median: quantile(0.5), p95: quantile(0.95), longest: sorted.at(-1)! };
}

/** The pace that most of several kept: medians and quantiles are the worst of theirs. */
export function worstOf(paces: readonly (Pace | null)[]): Pace | null {
  const known = paces.filter((pace) => pace !== null);
  if (known.length === 0) return null;
  const worst = (pick: (pace: Pace) => number): number => Math.max(...known.map(pick));
  return { median: worst((one) => one.median), p95: worst((one) => one.p95), longest: worst((one) => one.longest) };
}
