/** From `real` on, virtual time ran `speed` times as fast as real time, starting at `virtual`. Milliseconds. */
export interface TimeSegment {
  readonly real: number;
  readonly virtual: number;
  readonly speed: number;
}

/** So many starts are remembered; times before the oldest are as if it had always run. */
const SEGMENTS_KEPT = 100;

/**
 * Virtual time that runs `speed` times as fast as real time and stands still while nobody runs it. Both directions can be
 * asked for, across interruptions: a server that was made before one keeps the real time at which it was made.
 */
export class VirtualTime {
  private latest: number;

  private constructor(
    private readonly segments: readonly TimeSegment[],
    private readonly current: TimeSegment,
  ) {
    this.latest = current.virtual;
  }

  /** Starts at `virtual` (default: virtual time begins as real time). */
  static started(real: number, speed: number, virtual = real): VirtualTime {
    return new VirtualTime([], { real, virtual, speed });
  }

  /** Goes on at `real` from where virtual time stood when `saved` was written. */
  static resumed(saved: { segments: readonly TimeSegment[]; now: number }, real: number, speed: number): VirtualTime {
    return new VirtualTime(saved.segments.slice(-SEGMENTS_KEPT), { real, virtual: saved.now, speed });
  }

  get speed(): number {
    return this.current.speed;
  }

  /** Virtual time at `real`; never goes back, even when the real clock does. */
  at(real: number): number {
    const { real: start, virtual, speed } = this.current;
    this.latest = Math.max(this.latest, virtual + Math.round((real - start) * speed));
    return this.latest;
  }

  /** The real time at which it was `virtual`. */
  realOf(virtual: number): number {
    let segment = this.current;
    for (let index = this.segments.length - 1; index >= 0 && virtual < segment.virtual; index--) {
      segment = this.segments[index]!;
    }
    return Math.round(segment.real + (virtual - segment.virtual) / segment.speed);
  }

  snapshot(real: number): { segments: readonly TimeSegment[]; now: number } {
    return { segments: [...this.segments, this.current], now: this.at(real) };
  }
}
