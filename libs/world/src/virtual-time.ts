/** From `real` on, virtual time ran `speed` times as fast as real time, starting at `virtual`. Milliseconds. */
export interface TimeSegment {
  readonly real: number;
  readonly virtual: number;
  readonly speed: number;
}

/** Segments that are kept; times before the oldest are extrapolated from it. */
const SEGMENTS_KEPT = 100;

/**
 * Virtual time that runs `speed` times as fast as real time and stands still while no process runs it. Converts in both
 * directions, across interruptions: a server created before one keeps the real time of its creation.
 */
export class VirtualTime {
  private latest: number;

  private constructor(
    private readonly segments: readonly TimeSegment[],
    private readonly current: TimeSegment,
  ) {
    this.latest = current.virtual;
  }

  /** Starts at `virtual` (default: virtual time equals real time). */
  static started(real: number, speed: number, virtual = real): VirtualTime {
    return new VirtualTime([], { real, virtual, speed });
  }

  /** Continues at `real` from the virtual time at which `saved` was written. */
  static resumed(saved: { segments: readonly TimeSegment[]; now: number }, real: number, speed: number): VirtualTime {
    return new VirtualTime(saved.segments.slice(-SEGMENTS_KEPT), { real, virtual: saved.now, speed });
  }

  get speed(): number {
    return this.current.speed;
  }

  /** Virtual time at `real`; never goes back, even if the real clock does. */
  at(real: number): number {
    const { real: start, virtual, speed } = this.current;
    this.latest = Math.max(this.latest, virtual + Math.round((real - start) * speed));
    return this.latest;
  }

  /** The real time of a virtual time. */
  realOf(virtual: number): number {
    let segment = this.current;
    for (let index = this.segments.length - 1; index >= 0 && virtual < segment.virtual; index--) {
      segment = this.segments[index]!;
    }
    return Math.round(segment.real + (virtual - segment.virtual) / segment.speed);
  }

  /** The virtual time at a real time, past or future; a time of an interruption has that of its start. */
  virtualOf(real: number): number {
    const all = [...this.segments, this.current];
    const last = all.findLastIndex((segment) => segment.real <= real);
    const { real: start, virtual, speed } = all[Math.max(0, last)]!;
    const passed = virtual + Math.round((real - start) * speed);
    const next = last < 0 ? undefined : all[last + 1];
    return next === undefined ? passed : Math.min(passed, next.virtual);
  }

  snapshot(real: number): { segments: readonly TimeSegment[]; now: number } {
    return { segments: [...this.segments, this.current], now: this.at(real) };
  }
}
