/** Polls repeatedly, with a fixed delay after the end of each poll. */
export class Looks {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param look must not reject */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  get isOver(): boolean {
    return this.ended;
  }

  /** Resolves after the first poll. */
  async begin(): Promise<void> {
    this.current = this.look();
    await this.current;
    if (!this.ended) this.timer = setTimeout(() => void this.begin(), this.everyMs);
  }

  /** Stops polling; resolves when a running poll has ended. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.current;
  }
}
