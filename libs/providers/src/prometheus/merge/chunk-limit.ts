/** Queries in one request at most. */
const MOST = 500;
/** After this time without a failure the number is doubled. */
const RECOVERY_MS = 300_000;

/** How many queries are merged into one: fewer where the server did not answer for as many. */
export class ChunkLimit {
  private limit = MOST;
  private changedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: { now(): number }) {}

  get most(): number {
    const now = this.clock.now();
    if (this.limit < MOST && now - this.changedAt >= RECOVERY_MS) {
      this.limit = Math.min(MOST, this.limit * 2);
      this.changedAt = now;
    }
    return this.limit;
  }

  /** There was no answer for this many. */
  reduce(count: number): void {
    this.limit = Math.max(1, Math.min(this.limit, Math.floor(count / 2)));
    this.changedAt = this.clock.now();
  }
}
