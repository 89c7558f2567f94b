import type { Seen } from '../baselines/seen.js';
import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

const WINDOW_MS = TUNING.stabiliseMinutes * 60_000;
/** Steps are a minute long or longer. */
const WISHES = 8;

/** Stabilization window by the clock: removals stop at the highest proposal in it. */
export class WishWindow implements Remembering {
  private readonly times = new Float64Array(WISHES).fill(Number.NEGATIVE_INFINITY);
  /** Negative: the current count that an empty window starts with, which no step proposed. */
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
    if (Math.max(...times) <= at - Math.max(WINDOW_MS, 2 * tickSeconds * 1000)) this.put(at, -total);
    this.put(at, wish);
    // Entries in the future, from before the clock was set back, count from now on.
    for (let index = 0; index < WISHES; index++) times[index] = Math.min(times[index]!, at);
    return this.recent().reduce((most, index) => Math.max(most, Math.abs(counts[index]!)), 0);
  }

  /**
   * Since when the steps have been known if the count that the window started with is higher than all that they
   * proposed; otherwise `null`. Milliseconds since the epoch.
   */
  get heldSince(): number | null {
    const { times, counts } = this;
    const recent = this.recent();
    const starts = recent.filter((index) => counts[index]! < 0);
    const start = starts.reduce((most, index) => Math.max(most, -counts[index]!), 0);
    const isHeld = recent.every((index) => counts[index]! < start);
    return starts.length > 0 && isHeld ? Math.max(...starts.map((index) => times[index]!)) : null;
  }

  /** Replaces the oldest entry. */
  private put(at: number, count: number): void {
    const { times, counts } = this;
    const oldest = times.indexOf(Math.min(...times));
    // After the clock was set back all entries have the same time, and the one being replaced may still count.
    const isKept = times[oldest]! > at - WINDOW_MS && Math.abs(counts[oldest]!) > Math.abs(count);
    times[oldest] = at;
    if (!isKept) counts[oldest] = count;
  }

  /** Indexes of the entries within the window, which ends with the newest one. */
  private recent(): readonly number[] {
    const { times } = this;
    const since = Math.max(...times) - WINDOW_MS;
    return Array.from(times.keys()).filter((index) => times[index]! > since);
  }
}
