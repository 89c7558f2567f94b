import type { Seen } from '../baselines/seen.js';
import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

const WINDOW_MS = TUNING.stabiliseMinutes * 60_000;
/** Steps are a minute long or longer. */
const WISHES = 8;

/** Stabilization window by the clock: removals stop at the highest proposal in it. */
export class WishWindow implements Remembering {
  private readonly times = new Float64Array(WISHES).fill(Number.NEGATIVE_INFINITY);
  private readonly counts = new Float64Array(WISHES);

  memory(): readonly Memory[] {
    return [this.times, this.counts];
  }

  /**
   * Adds the proposal of a step. An empty window, as after every gap, starts with the current count.
   *
   * @param total the reference count
   * @returns the highest proposal within the window
   */
  add({ at, tickSeconds }: Pick<Seen, 'at' | 'tickSeconds'>, wish: number, total: number): number {
    const { times, counts } = this;
    const isEmpty = Math.max(...times) <= at - Math.max(WINDOW_MS, 2 * tickSeconds * 1000);
    let highest = isEmpty ? Math.max(wish, total) : wish;
    const oldest = times.indexOf(Math.min(...times));
    // After the clock was set back all entries have the same time, and the one being replaced may still count.
    if (times[oldest]! > at - WINDOW_MS) highest = Math.max(highest, counts[oldest]!);
    times[oldest] = at;
    counts[oldest] = highest;
    for (let index = 0; index < WISHES; index++) {
      // Entries in the future, from before the clock was set back, count from now on.
      times[index] = Math.min(times[index]!, at);
      if (times[index]! > at - WINDOW_MS) highest = Math.max(highest, counts[index]!);
    }
    return highest;
  }
}
