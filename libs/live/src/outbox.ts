import type { SentEvent } from './wire.js';

/** Maximum of pending events of a client: a base, and an amount per cluster that it watches. */
const ROOM = 2000;
/** Two runs of the loop, each with metrics, state, decision and forecast of a cluster. */
const ROOM_PER_CLUSTER = 8;

/** What an outbox needs of a client's connection. */
export interface Outlet {
  /** Whether the limit of encoded events is reached; further events wait unencoded, shared between clients. */
  full(): boolean;
  /** Encodes and sends an event. */
  send(event: SentEvent): void;
}

export interface OutboxCounts {
  sent: number;
  dropped: number;
}

/**
 * Pending events of one client. A burst says nothing about the client: the loop emits events of hundreds of clusters in one
 * turn, before the connection can write the first. Events wait here in order, not yet encoded, and go out
 * when the connection has drained. For a slow client, states are replaced by newer ones; if that is not enough, the caller of `push`
 * disconnects it.
 */
export class Outbox {
  private waiting: SentEvent[] = [];
  private flushing = false;

  constructor(
    private readonly outlet: Outlet,
    private readonly counts: OutboxCounts,
  ) {}

  /** Pending events. */
  get size(): number {
    return this.waiting.length;
  }

  /** Maximum of pending events for a client that watches this many clusters. */
  static room(clusters: number): number {
    return ROOM + ROOM_PER_CLUSTER * clusters;
  }

  /**
   * Queues an event.
   *
   * @param clusters number of clusters that the client watches
   * @returns `false` where the limit is exceeded; the queue is then empty, and the client must be disconnected
   */
  push(event: SentEvent, clusters: number): boolean {
    this.waiting.push(event);
    this.flush();
    const room = Outbox.room(clusters);
    if (this.waiting.length <= room) return true;
    this.dropReplaced();
    // Below the limit: at the limit itself each further event would compact the whole queue again.
    if (this.waiting.length <= room / 2) return true;
    this.counts.dropped += this.waiting.length;
    this.waiting = [];
    return false;
  }

  /** Sends what the connection accepts: after a push, and after a drain. */
  flush(): void {
    // A connection that writes synchronously calls back while it is being written to.
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

  /** Keeps only the newest metrics and the newest state of each cluster, and all other events, in order. */
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
