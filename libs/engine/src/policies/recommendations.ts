/** The lowest and highest recommendation of a short period; `at` is the time of the last one. */
export interface Recommendation {
  readonly at: number;
  readonly low: number;
  readonly high: number;
  /** Whether it is the current count that an empty window starts with, which nothing recommended. */
  readonly isStart?: boolean;
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

/**
 * Adds a recommendation. An empty window starts with the current count as its only recommendation, as in the HPA
 * (`recordInitialRecommendation`): at the first tick, and after every gap longer than the window.
 *
 * @param earlier earlier recommendations; those in the future, from before the clock was set back, count from now on
 * @param current the reference count
 * @returns oldest first, the newest included
 */
export function remember(
  earlier: readonly Recommendation[],
  desired: number,
  current: number,
  { upMs, downMs }: Windows,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): readonly Recommendation[] {
  const known = earlier.map((one) => (one.at > now ? { ...one, at: now } : one));
  const isEmpty = (windowMs: number): boolean => {
    const since = now - Math.max(windowMs, INTERVALS * intervalMs);
    return windowMs > 0 && !known.some(({ at }) => at > since);
  };
  const [isDownEmpty, isUpEmpty] = [isEmpty(downMs), isEmpty(upMs)];
  const window = Math.max(upMs, downMs, INTERVALS * intervalMs);
  const width = Math.max(1, Math.max(upMs, downMs) * RESOLUTION);
  const kept = known.filter(({ at }) => at > now - window);
  if (isDownEmpty || isUpEmpty) {
    const low = isUpEmpty ? Math.min(desired, current) : desired;
    const high = isDownEmpty ? Math.max(desired, current) : desired;
    return [...kept, { at: now, low, high, isStart: true }, { at: now, low: desired, high: desired }];
  }
  const last = kept.at(-1);
  return last === undefined || Math.floor(last.at / width) !== Math.floor(now / width)
    ? [...kept, { at: now, low: desired, high: desired }]
    : [...kept.slice(0, -1), { at: now, low: Math.min(last.low, desired), high: Math.max(last.high, desired) }];
}

/**
 * Since when recommendations have been known; the current count holds the window until it is full.
 *
 * @returns `null`: for longer than the window
 */
export function startedAt(recommendations: readonly Recommendation[], since: number): number | null {
  return recommendations.findLast(({ at, isStart }) => isStart === true && at > since)?.at ?? null;
}

/** Only what was recommended. */
export function recommended(recommendations: readonly Recommendation[]): readonly Recommendation[] {
  return recommendations.filter(({ isStart }) => isStart !== true);
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
