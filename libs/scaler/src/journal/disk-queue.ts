/** Longest wait for the disk. */
const PATIENCE_MS = 2000;

/** Work on a disk, one thing after the other. A disk that does not answer must stop no tick. */
export class DiskQueue {
  private last: Promise<unknown> = Promise.resolve();
  /** The disk has not answered in time: nothing waits for it until it does. */
  private isStalled = false;

  /** @param onStall called when the disk has not answered in time */
  constructor(private readonly onStall: () => void) {}

  /**
   * Resolves within 2 s.
   *
   * @param otherwise the result while the disk does not answer
   * @param work `isLate`: its caller has this result already
   */
  async run<T>(otherwise: T, work: (isLate: () => boolean) => Promise<T>): Promise<T> {
    if (this.isStalled) return otherwise;
    let isLate = false;
    const result = this.last.then(async () => work(() => isLate));
    this.last = result.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<T>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        this.stall();
        resolve(otherwise);
      }, PATIENCE_MS);
    });
    return Promise.race([result, patience]).finally(() => clearTimeout(timer));
  }

  private stall(): void {
    this.onStall();
    this.isStalled = true;
    void this.last.then(() => (this.isStalled = false));
  }
}
