/** Values of forecasts in columns of equal length, one entry a bucket at most, oldest first. */
interface Made {
  readonly timestamps: readonly string[];
  readonly horizon_ms: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Where the buckets of the database begin: midnight of a Monday. */
const ORIGIN_MS = Date.UTC(2000, 0, 3);

/**
 * What was known at each point of a timeline: the value of the forecast in its bucket, or of the last one before it,
 * until the end of its horizon. `null`: there is none.
 *
 * @param timestamps times of the points, one in each bucket, oldest first
 * @param stepMs length of the buckets
 */
export function held(made: Made, timestamps: readonly string[], stepMs: number): (number | null)[] {
  const bucketOf = (ms: number): number => Math.floor((ms - ORIGIN_MS) / stepMs);
  const times = made.timestamps.map((timestamp) => Date.parse(timestamp));
  let next = 0;
  return timestamps.map((timestamp) => {
    const at = Date.parse(timestamp);
    const bucket = bucketOf(at);
    while (next < times.length && bucketOf(times[next]!) <= bucket) next += 1;
    const [last, horizonMs] = [times[next - 1], made.horizon_ms[next - 1]];
    if (last === undefined || horizonMs === undefined) return null;
    return bucketOf(last) === bucket || at < last + horizonMs ? (made.values[next - 1] ?? null) : null;
  });
}
