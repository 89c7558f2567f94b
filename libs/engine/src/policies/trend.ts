/** A value at a time (milliseconds). */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Fewer points say nothing about a direction. */
const LEAST_POINTS = 3;

/**
 * Where a least-squares line through the points will be at a later time.
 *
 * @returns `null` for fewer than three points, or points at one time
 */
export function projectedValue(points: readonly Point[], at: number): number | null {
  if (points.length < LEAST_POINTS) return null;
  const meanAt = points.reduce((sum, point) => sum + point.at, 0) / points.length;
  const meanValue = points.reduce((sum, point) => sum + point.value, 0) / points.length;
  let covariance = 0;
  let variance = 0;
  for (const point of points) {
    covariance += (point.at - meanAt) * (point.value - meanValue);
    variance += (point.at - meanAt) ** 2;
  }
  return variance === 0 ? null : meanValue + (covariance / variance) * (at - meanAt);
}

/** Whether a value read back from JSON is a point. */
export function isPoint(value: unknown): value is Point {
  const { at, value: height } = (value ?? {}) as { at?: unknown; value?: unknown };
  return Number.isFinite(at) && Number.isFinite(height);
}
