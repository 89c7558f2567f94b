import type { Clock } from '#config';
import { Gaps } from './gaps.js';
import { type Detail, type Interest, OthersInterest } from './interest.js';
import type { InstanceAdapter } from './instance.adapter.js';
import type { LiveServer, SentEvent } from './wire.js';

const MESSAGE = 'autoscaler';
/** Events are batched for this time, in milliseconds. */
const FLUSH_MS = 50;
/** How often an instance sends what it needs, also without a change; changes are sent after the second. */
const TELL_EVERY_MS = 5000;
const TELL_CHANGE_MS = 100;
/** Maximum of events queued while the connection is slow or broken; a bound on memory. */
const MOST_WAITING = 2000;

/** Messages between instances; numbered, so that receivers detect a loss. */
export interface RelayMessage {
  readonly from: string;
  readonly number: number;
  readonly events?: readonly SentEvent[];
  /** New clusters. */
  readonly clusters?: readonly string[];
  readonly interest?: Interest;
  /** Sent by an instance that has just started. */
  readonly hello?: boolean;
  readonly bye?: boolean;
}

/** What the relay needs from the owner of the sockets. */
export interface RelayOwner {
  interest(): Interest;
  receive(event: SentEvent): void;
  introduce(clusterIds: readonly string[]): void;
  /** Other instances began to need events. */
  wanted(): void;
  /** Events of other instances were lost: clients that wait for them must know. */
  lost(): void;
}

export interface RelayStatistics {
  readonly relayed: number;
  readonly received: number;
  readonly dropped: number;
}

/**
 * Sends live events to the other instances: those that a client needs, there or here, because a client of this instance
 * may reconnect there. Events wait in a bounded queue, so nothing blocks on the connection. If that is too slow, states
 * that the next event replaces are dropped first.
 */
export class Relay {
  private readonly others: OthersInterest;
  private readonly gaps: Gaps;
  private readonly counts = { relayed: 0, received: 0, dropped: 0 };
  private waiting: SentEvent[] = [];
  private clusters = new Set<string>();
  private number = 0;
  private closed = false;
  private flushing: NodeJS.Timeout | undefined;
  private telling: NodeJS.Timeout | undefined;
  private readonly beat: NodeJS.Timeout;

  /** @param name unique name of this instance */
  constructor(
    private readonly name: string,
    private readonly io: LiveServer,
    private readonly adapter: InstanceAdapter,
    private readonly owner: RelayOwner,
    private readonly clock: Clock,
    lingerMs: number,
  ) {
    this.others = new OthersInterest(lingerMs);
    this.gaps = new Gaps(clock.now() + 2 * TELL_EVERY_MS);
    io.on(MESSAGE, (message: RelayMessage) => this.hear(message));
    this.beat = setInterval(() => this.tell(), TELL_EVERY_MS).unref();
    this.tell({ hello: true });
  }

  statistics(): RelayStatistics {
    return this.counts;
  }

  /** How much of a cluster's events other instances need. */
  wants(clusterId: string): Detail | null {
    return this.others.of(clusterId, this.clock.now());
  }

  /** Removes expired needs of other instances. @returns whether any are left */
  prune(): boolean {
    return this.others.prune(this.clock.now());
  }

  /**
   * Queues an event for other instances; returns at once. Also while none is known: a new instance listens before it is known, and needs
   * the events that its clients may reconnect for.
   */
  publish(event: SentEvent): void {
    this.waiting.push(event);
    if (this.waiting.length > MOST_WAITING) this.makeRoom();
    this.flushSoon();
  }

  /** Sends a new cluster to the other instances, if one needs to know. */
  introduce(clusterId: string): void {
    if (!this.others.everything(this.clock.now())) return;
    this.clusters.add(clusterId);
    this.flushSoon();
  }

  /** Called when the needs of this instance have changed. */
  interestChanged(): void {
    this.telling ??= setTimeout(() => this.tell(), TELL_CHANGE_MS).unref();
  }

  /** Sends the queue and a goodbye, and closes the connection. */
  async close(): Promise<void> {
    clearInterval(this.beat);
    clearTimeout(this.telling);
    clearTimeout(this.flushing);
    this.flush();
    this.send({ bye: true });
    this.closed = true;
    await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    await this.io.of('/').adapter.close();
    await this.adapter.close();
  }

  private tell(more: Pick<RelayMessage, 'hello'> = {}): void {
    clearTimeout(this.telling);
    this.telling = undefined;
    const now = this.clock.now();
    if (this.gaps.take(now)) this.owner.lost();
    // A number that is used but not sent would be a gap: the queue goes first, and this when there is room.
    if (!this.adapter.busy()) this.send({ interest: this.owner.interest(), ...more });
  }

  private flushSoon(): void {
    this.flushing ??= setTimeout(() => {
      this.flushing = undefined;
      if (this.adapter.busy()) this.flushSoon();
      else this.flush();
    }, FLUSH_MS).unref();
  }

  private flush(): void {
    if (this.waiting.length === 0 && this.clusters.size === 0) return;
    const events = this.waiting;
    const clusters = [...this.clusters];
    this.waiting = [];
    this.clusters = new Set();
    this.counts.relayed += events.length;
    this.send({ events, ...(clusters.length === 0 ? {} : { clusters }) });
  }

  private send(message: Omit<RelayMessage, 'from' | 'number'>): void {
    if (this.closed) return;
    this.number += 1;
    this.io.serverSideEmit(MESSAGE, { from: this.name, number: this.number, ...message });
  }

  /** The queue is full: drops states first, which the next event replaces; if that is not enough, everything, which others detect by the number. */
  private makeRoom(): void {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter(({ type }) => type !== 'metrics' && type !== 'cluster_state');
    if (this.waiting.length > MOST_WAITING / 2) {
      this.waiting = [];
      this.number += 1;
    }
    this.counts.dropped += before - this.waiting.length;
  }

  private hear({ from, number, events, clusters, interest, hello, bye }: RelayMessage): void {
    const now = this.clock.now();
    this.gaps.heard(from, number, now);
    if (bye === true) {
      this.gaps.left(from, now);
      return;
    }
    if (interest !== undefined) {
      this.others.tell(interest, now);
      if (interest.full.length + interest.summary.length > 0) this.owner.wanted();
    }
    if (clusters !== undefined) this.owner.introduce(clusters);
    for (const event of events ?? []) {
      this.counts.received += 1;
      this.owner.receive(event);
    }
    if (hello === true) this.interestChanged();
  }
}
