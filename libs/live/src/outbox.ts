import type { SentEvent } from './wire.js';

/** Events that may wait for a client: so many, and so many more for each cluster that it watches. */
const ROOM = 2000;
/** Two wakes of the loop, in each of which a cluster has metrics, a state, a decision and a forecast to tell. */
const ROOM_PER_CLUSTER = 8;

/** What an outbox needs of a client's connection. */
export interface Outlet {
  /** Whether as much was handed over as may wait encoded; the rest waits as what it is, shared with whoever else waits for it. */
  full(): boolean;
  /** Hands an event over; it is encoded for this. */
  send(event: SentEvent): void;
}

export interface OutboxCounts {
  sent: number;
  dropped: number;
}

/**
 * Events on their way to one client. How many wait in a moment says nothing about the client: the loop tells of hundreds of clusters in one
 * go, before the connection could write the first. So what it does not take at once waits here, in order and not yet encoded, and goes
 * when it has written what it had. A client that is slower than what it watches loses states that newer ones replace; one that cannot even
 * take the rest is let go by whoever asks `push`.
 */
export class Outbox {
  private waiting: SentEvent[] = [];
  private flushing = false;

  constructor(
    private readonly outlet: Outlet,
    private readonly counts: OutboxCounts,
  ) {}

  /** Events that wait. */
  get size(): number {
    return this.waiting.length;
  }

  /** How many events may wait for a client that watches so many clusters. */
  static room(clusters: number): number {
    return ROOM + ROOM_PER_CLUSTER * clusters;
  }

  /**
   * Takes an event on its way.
   *
   * @param clusters how many the client watches
   * @returns whether there was room; if not, it is too late for this client, and nothing waits for it any more
   */
  push(event: SentEvent, clusters: number): boolean {
    this.waiting.push(event);
    this.flush();
    const room = Outbox.room(clusters);
    if (this.waiting.length <= room) return true;
    this.dropReplaced();
    // Not at the bound itself: it would be reached again at the next event, and all would be gone through for each.
    if (this.waiting.length <= room / 2) return true;
    this.counts.dropped += this.waiting.length;
    this.waiting = [];
    return false;
  }

  /** Hands over what the connection can take: when something came, and when it has written what it had. */
  flush(): void {
    // A connection that writes at once asks for more while it is given something.
    if (this.flushing) return;
    this.flushing = true;
    let next = 0;
    try {
      for (; next < this.waiting.length && !this.outlet.full(); next += 1) {
        const event = this.waiting[next];
        if (event === undefined) continue;
        this.counts.sent += 1;
        this.outlet.send(event);
      }
    } finally {
      this.flushing = false;
      if (next > 0) this.waiting = this.waiting.slice(next);
    }
  }

  /** Of each cluster the newest metrics and the newest state stay; everything else stays, and all in order. */
  private dropReplaced(): void {
    const known = new Set<string>();
    const kept = this.waiting
      .toReversed()
      .filter(({ type, cluster_id: id }) => {
        if (type !== 'metrics' && type !== 'cluster_state') return true;
        const key = `${type} ${id}`;
        if (known.has(key)) return false;
        known.add(key);
        return true;
      })
      .toReversed();
    this.counts.dropped += this.waiting.length - kept.length;
    this.waiting = kept;
  }
}
