/** Looks again and again, each time so long after the look before has ended. */
export class Looks {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param look never rejects */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  get isOver(): boolean {
    return this.ended;
  }

  /** Resolves after the first look. */
  async begin(): Promise<void> {
    this.current = this.look();
    await this.current;
    if (!this.ended) this.timer = setTimeout(() => void this.begin(), this.everyMs);
  }

  /** No look follows; resolves when one that is under way has ended. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.current;
  }
}
