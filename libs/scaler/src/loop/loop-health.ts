/** State of the loop for health checks and gauges. Times in milliseconds since the epoch. */
export interface LoopStatus {
  readonly running: boolean;
  readonly lastWakeAt: number | null;
  /** When a wake last completed. */
  readonly lastCompletedAt: number | null;
  /** The largest delay among the latest ticks, in milliseconds. */
  readonly lagMs: number;
  readonly skipped: number;
  readonly failedTicks: number;
  readonly clusters: number;
  readonly inFlight: number;
  readonly writable: boolean;
  readonly waitingTicks: number;
  readonly droppedTicks: number;
  /** Scaling events in the local journal that the database does not have yet. */
  readonly journaledEvents: number;
}

type Counted = Pick<
  LoopStatus,
  'clusters' | 'inFlight' | 'writable' | 'waitingTicks' | 'droppedTicks' | 'journaledEvents'
>;

/** Tracks the state of the loop. */
export class LoopHealth {
  private running = false;
  private lastWakeAt: number | null = null;
  private lastCompletedAt: number | null = null;
  private lagMs = 0;
  private skipped = 0;
  private failedTicks = 0;
  private count: () => Counted = () => ({
    clusters: 0,
    inFlight: 0,
    writable: false,
    waitingTicks: 0,
    droppedTicks: 0,
    journaledEvents: 0,
  });

  status(): LoopStatus {
    const { running, lastWakeAt, lastCompletedAt, lagMs, skipped, failedTicks } = this;
    return { running, lastWakeAt, lastCompletedAt, lagMs, skipped, failedTicks, ...this.count() };
  }

  /** Whether a wake completed within the last `withinMs`; readiness depends on it. */
  isTicking(now: number, withinMs: number): boolean {
    return this.running && this.lastCompletedAt !== null && now - this.lastCompletedAt <= withinMs;
  }

  watch(count: () => Counted): void {
    this.count = count;
  }

  started(): void {
    this.running = true;
  }

  stopped(): void {
    this.running = false;
  }

  woke(at: number, lagMs: number, skipped: number): void {
    this.lastWakeAt = at;
    this.lagMs = lagMs;
    this.skipped += skipped;
  }

  completed(at: number): void {
    this.lastCompletedAt = at;
  }

  failed(): void {
    this.failedTicks += 1;
  }
}
