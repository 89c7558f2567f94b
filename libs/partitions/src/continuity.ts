/**
 * Whether this process has run without a pause since the database last confirmed its leases.
 *
 * A process that is suspended (SIGSTOP, garbage collection, a suspended virtual machine) does not notice that another
 * one took over meanwhile. If the database is down when it resumes, nothing says so. Only the pause itself shows.
 */
export class Continuity {
  private beatAt: number;
  private wallBeatAt: number;
  private pauses = 0;
  /** The number of pauses at the last confirmation; `null`: never confirmed. */
  private confirmedAfter: number | null = null;
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param mostMs longest gap that is no pause: the lease time
   * @param clock monotonic time in milliseconds
   * @param wall time of the day in milliseconds: it alone continues while a virtual machine is suspended
   */
  constructor(
    private readonly mostMs: number,
    private readonly clock: () => number = () => performance.now(),
    private readonly wall: () => number = Date.now,
  ) {
    this.beatAt = clock();
    this.wallBeatAt = wall();
  }

  /** Begins to notice pauses. */
  begin(): void {
    this.timer = setInterval(() => this.beat(), this.mostMs / 6).unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** Call before the database is asked; @returns what to pass to `confirm` after its answer. */
  mark(): number {
    this.beat();
    return this.pauses;
  }

  /** The database answered; a pause since the mark makes the answer worthless. */
  confirm(mark: number): void {
    this.confirmedAfter = mark;
    this.confirmedAt = this.clock();
  }

  /** @param ageMs longest time since the last confirmation */
  isUnbroken(ageMs: number): boolean {
    this.beat();
    return this.confirmedAfter === this.pauses && this.clock() - this.confirmedAt <= ageMs;
  }

  private beat(): void {
    const [now, wallNow] = [this.clock(), this.wall()];
    // A clock that was set counts as a pause, too: which of the two it was cannot be known.
    const gap = Math.max(now - this.beatAt, Math.abs(wallNow - this.wallBeatAt));
    if (gap > this.mostMs) this.pauses += 1;
    this.beatAt = now;
    this.wallBeatAt = wallNow;
  }
}
