/** Minimum number of ids kept: as many events as the service keeps for replay. */
const REMEMBERED = 20_000;

/**
 * Deduplicates events. A replay from another instance repeats events near the last one, because instances receive the
 * same events in another order. Bounded: two generations of ids; the older one is dropped when the newer is full.
 */
export class Heard {
  private newer = new Set<string>();
  private older = new Set<string>();

  /** @param remembered minimum number of ids kept; twice as many at most */
  constructor(private readonly remembered = REMEMBERED) {}

  /** Whether an id is new; marks it as known. */
  first(id: string): boolean {
    if (this.newer.has(id) || this.older.has(id)) return false;
    if (this.newer.size >= this.remembered) {
      this.older = this.newer;
      this.newer = new Set();
    }
    this.newer.add(id);
    return true;
  }

  clear(): void {
    this.newer.clear();
    this.older.clear();
  }

  get size(): number {
    return this.newer.size + this.older.size;
  }
}
