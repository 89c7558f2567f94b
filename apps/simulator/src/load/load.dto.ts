import { IsTime } from '#http';
import { invalid } from '../http/errors.js';
import { durationMs } from '../time/durations.js';
import { IsDuration } from '../time/is-duration.js';

const DAY_MS = 86_400_000;
const MOST_VALUES = 50_000;

/** `GET /clusters/:id/load`; times and step are real. */
export class LoadQuery {
  @IsTime()
  from!: string;

  /** Exclusive. */
  @IsTime()
  to!: string;

  @IsDuration(DAY_MS)
  step!: string;
}

/**
 * The times of the query, milliseconds since the epoch.
 * @throws {AppError} 400 if there are none, or too many
 */
export function timesOf({ from, to, step }: LoadQuery): readonly number[] {
  const [start, end, every] = [Date.parse(from), Date.parse(to), durationMs(step)!];
  if (!(start < end)) throw invalid({ field: 'from', error: 'from must be before to' });
  const count = Math.ceil((end - start) / every);
  if (count > MOST_VALUES) {
    throw invalid({ field: 'step', error: `step is too short: at most ${MOST_VALUES} values are returned` });
  }
  return Array.from({ length: count }, (_, index) => start + index * every);
}
