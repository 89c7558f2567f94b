import type { Seen } from '../baselines/seen.js';
import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

const WINDOW_MS = TUNING.stabiliseMinutes * 60_000;
/** Steps are a minute long or longer. */
const WISHES = 8;

/** What was wished for within the last minutes, by the clock: letting servers go stops at the highest of it. */
export class WishWindow implements Remembering {
  private readonly times = new Float64Array(WISHES).fill(Number.NEGATIVE_INFINITY);
  private readonly counts = new Float64Array(WISHES);

  memory(): readonly Memory[] {
    return [this.times, this.counts];
  }

  /**
   * Adds the wish of a step. Where there was none within the window, the count that is there is its first, as after every gap in what is known.
   *
   * @param total the reference count
   * @returns the highest wish within the window
   */
  add({ at, tickSeconds }: Pick<Seen, 'at' | 'tickSeconds'>, wish: number, total: number): number {
    const { times, counts } = this;
    const isEmpty = Math.max(...times) <= at - Math.max(WINDOW_MS, 2 * tickSeconds * 1000);
    let highest = isEmpty ? Math.max(wish, total) : wish;
    const oldest = times.indexOf(Math.min(...times));
    // Where a clock was set back its wishes are all of one time, and the one whose place is taken may still count.
    if (times[oldest]! > at - WINDOW_MS) highest = Math.max(highest, counts[oldest]!);
    times[oldest] = at;
    counts[oldest] = highest;
    for (let index = 0; index < WISHES; index++) {
      // Wishes of a clock that was set back since count from now on.
      times[index] = Math.min(times[index]!, at);
      if (times[index]! > at - WINDOW_MS) highest = Math.max(highest, counts[index]!);
    }
    return highest;
  }
}
