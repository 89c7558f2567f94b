/**
 * The highest of the values of a sliding time window: a queue whose values fall, so that its head is the highest; each
 * value enters and leaves once (Lemire, *Streaming Maximum-Minimum Filter*, 2006).
 */
export class SlidingMax {
  private readonly times: number[] = [];
  private readonly values: number[] = [];
  private head = 0;

  /** @param windowMs values older than this are forgotten; a value exactly as old is, too */
  constructor(private readonly windowMs: number) {}

  /** Adds a value and returns the highest within the window. Times never fall. */
  push(at: number, value: number): number {
    const { times, values } = this;
    while (values.length > this.head && values[values.length - 1]! <= value) {
      values.pop();
      times.pop();
    }
    values.push(value);
    times.push(at);
    while (times[this.head]! <= at - this.windowMs) this.head++;
    if (this.head > 64) {
      values.splice(0, this.head);
      times.splice(0, this.head);
      this.head = 0;
    }
    return values[this.head]!;
  }

  /** The entries that still count, oldest first: all that the window needs to go on. */
  entries(): readonly (readonly [at: number, value: number])[] {
    return this.times.slice(this.head).map((at, index) => [at, this.values[this.head + index]!] as const);
  }
}
