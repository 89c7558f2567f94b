/** So many ids are remembered at least: as many events as the service keeps to catch up on. */
const REMEMBERED = 20_000;

/**
 * Which events were heard already. Catching up at another instance brings what was near the last event again, because instances hear of the
 * same events in another order. Bounded: two generations of ids, of which the older is forgotten when the newer is full.
 */
export class Heard {
  private newer = new Set<string>();
  private older = new Set<string>();

  /** @param remembered how many ids are remembered at least; twice as many at most */
  constructor(private readonly remembered = REMEMBERED) {}

  /** Whether it is heard for the first time; from then on it is not. */
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
