import type { Memory, Remembering } from '../slo/memory.js';

const MINUTE_MS = 60_000;

enum Scalar {
  /** Index of the oldest entry. */
  Head,
  Size,
  Count,
}

/**
 * Maximum over a sliding time window: a queue of decreasing values whose head is the maximum; each value enters and
 * leaves once (Lemire, *Streaming Maximum-Minimum Filter*, 2006). Stored in rings with room for one value per minute;
 * more values make the rings grow, and older snapshots then no longer fit.
 */
export class SlidingMax implements Remembering {
  private times: Float64Array;
  private values: Float32Array;
  private readonly scalars = new Uint16Array(Scalar.Count);

  /** @param windowMs values of this age or older are dropped */
  constructor(private readonly windowMs: number) {
    const entries = Math.ceil(windowMs / MINUTE_MS) + 1;
    this.times = new Float64Array(entries);
    this.values = new Float32Array(entries);
  }

  memory(): readonly Memory[] {
    return [this.scalars, this.times, this.values];
  }

  /** Whether a value was added after `since`. */
  hasSince(since: number): boolean {
    const { scalars, times } = this;
    const size = scalars[Scalar.Size]!;
    // The newest value is always at the tail of the queue.
    return size > 0 && times[this.place(scalars[Scalar.Head]! + size - 1)]! > since;
  }

  /** Adds a value (an integer below 2^24) and returns the maximum within the window. Times must not fall. */
  push(at: number, value: number): number {
    const { scalars, windowMs } = this;
    let head = scalars[Scalar.Head]!;
    let size = scalars[Scalar.Size]!;
    while (size > 0 && this.times[head]! <= at - windowMs) {
      head = this.place(head + 1);
      size--;
    }
    while (size > 0 && this.values[this.place(head + size - 1)]! <= value) size--;
    if (size === this.times.length) {
      this.grow(head);
      head = 0;
    }
    const end = this.place(head + size);
    this.times[end] = at;
    this.values[end] = value;
    scalars[Scalar.Head] = head;
    scalars[Scalar.Size] = size + 1;
    return this.values[head]!;
  }

  private place(index: number): number {
    const { length } = this.times;
    return index < length ? index : index - length;
  }

  private grow(head: number): void {
    const { times, values } = this;
    const { length } = times;
    this.times = new Float64Array(2 * length);
    this.values = new Float32Array(2 * length);
    for (let index = 0; index < length; index++) {
      const from = (head + index) % length;
      this.times[index] = times[from]!;
      this.values[index] = values[from]!;
    }
  }
}
