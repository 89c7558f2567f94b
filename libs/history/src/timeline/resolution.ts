const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Round lengths that divide an hour or a day. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
] as const;
/** Longer ranges are read from an aggregate: three hours with a tick each second are 10,800 rows. */
const TICKS_UP_TO_MS = 3 * HOUR;

export type TimelineSource = 'observations' | 'minute' | 'hour';

export interface Resolution {
  readonly stepMs: number;
  readonly source: TimelineSource;
}

/** The finest step with at most `points` buckets, and the coarsest source that has it. */
export function resolutionFor(rangeMs: number, points: number): Resolution {
  const fine = STEPS_MS.find((step) => rangeMs / step <= points) ?? Math.ceil(rangeMs / points / HOUR) * HOUR;
  if (rangeMs <= TICKS_UP_TO_MS) return { stepMs: fine, source: 'observations' };
  const stepMs = Math.max(fine, MINUTE);
  return { stepMs, source: stepMs % HOUR === 0 ? 'hour' : 'minute' };
}
