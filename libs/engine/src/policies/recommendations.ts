/** The lowest and highest recommendation of a short period; `at` is the time of the last one. */
export interface Recommendation {
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

/** Stabilization windows for scaling up and down; 0 switches one off. */
export interface Windows {
  readonly upMs: number;
  readonly downMs: number;
}

/** Recommendations closer together than this share of the window are merged, keeping both extremes. */
const RESOLUTION = 1 / 120;
/** A window shorter than this many intervals is not empty just because the next tick is due only now. */
const INTERVALS = 2;

export interface Remembered {
  /** Oldest first, the newest included. */
  readonly recommendations: readonly Recommendation[];
  /** Whether the down window contained nothing, so that it starts with the current count. */
  readonly isDownEmpty: boolean;
  readonly isUpEmpty: boolean;
}

/**
 * Adds a recommendation. An empty window starts with the current count as its only recommendation, as in the HPA
 * (`recordInitialRecommendation`): at the first tick, and after every gap longer than the window.
 *
 * @param earlier earlier recommendations; those in the future, from before the clock was set back, count from now on
 * @param current the reference count
 */
export function remember(
  earlier: readonly Recommendation[],
  desired: number,
  current: number,
  { upMs, downMs }: Windows,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): Remembered {
  const known = earlier.map((one) => (one.at > now ? { ...one, at: now } : one));
  const isEmpty = (windowMs: number): boolean => {
    const since = now - Math.max(windowMs, INTERVALS * intervalMs);
    return windowMs > 0 && !known.some(({ at }) => at > since);
  };
  const [isDownEmpty, isUpEmpty] = [isEmpty(downMs), isEmpty(upMs)];
  const low = isUpEmpty ? Math.min(desired, current) : desired;
  const high = isDownEmpty ? Math.max(desired, current) : desired;
  const window = Math.max(upMs, downMs, INTERVALS * intervalMs);
  const width = Math.max(1, Math.max(upMs, downMs) * RESOLUTION);
  const kept = known.filter(({ at }) => at > now - window);
  const last = kept.at(-1);
  const isApart = last === undefined || Math.floor(last.at / width) !== Math.floor(now / width);
  const recommendations = isApart
    ? [...kept, { at: now, low, high }]
    : [...kept.slice(0, -1), { at: now, low: Math.min(last.low, low), high: Math.max(last.high, high) }];
  return { recommendations, isDownEmpty, isUpEmpty };
}

/** The lowest recommendation after `since`; `otherwise` if there is none. */
export function lowestSince(recommendations: readonly Recommendation[], since: number, otherwise: number): number {
  return recommendations.reduce((least, { at, low }) => (at > since ? Math.min(least, low) : least), otherwise);
}

/** The highest recommendation after `since`; `otherwise` if there is none. */
export function highestSince(recommendations: readonly Recommendation[], since: number, otherwise: number): number {
  return recommendations.reduce((most, { at, high }) => (at > since ? Math.max(most, high) : most), otherwise);
}

/** The valid recommendations in a stored value, which may be of an older version or damaged. */
export function recommendationsFrom(value: unknown): readonly Recommendation[] {
  return Array.isArray(value) ? value.filter(isRecommendation) : [];
}

function isRecommendation(value: unknown): value is Recommendation {
  const { at, low, high } = (value ?? {}) as Partial<Record<keyof Recommendation, unknown>>;
  return Number.isFinite(at) && Number.isFinite(low) && Number.isFinite(high);
}
