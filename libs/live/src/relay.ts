import type { Clock } from '#config';
import { Gaps } from './gaps.js';
import { type Detail, type Interest, OthersInterest } from './interest.js';
import type { InstanceAdapter } from './instance.adapter.js';
import type { LiveServer, SentEvent } from './wire.js';

const MESSAGE = 'autoscaler';
/** Events wait so long for others to go with them, in milliseconds. */
const FLUSH_MS = 50;
/** How often an instance tells what it wants, also without a change; changes are told after the second. */
const TELL_EVERY_MS = 5000;
const TELL_CHANGE_MS = 100;
/** Events that wait while the connection is slow or broken; a bound on memory. */
const MOST_WAITING = 2000;

/** What instances tell each other; numbered, so that whoever misses one knows. */
export interface RelayMessage {
  readonly from: string;
  readonly number: number;
  readonly events?: readonly SentEvent[];
  /** Clusters that were heard of for the first time. */
  readonly clusters?: readonly string[];
  readonly interest?: Interest;
  /** It has just begun and knows nobody. */
  readonly hello?: boolean;
  readonly bye?: boolean;
}

/** What the relay needs of whoever has the sockets. */
export interface RelayOwner {
  interest(): Interest;
  receive(event: SentEvent): void;
  introduce(clusterIds: readonly string[]): void;
  /** Others began to want something. */
  wanted(): void;
  /** Events of others were lost: who waits for them must be told. */
  lost(): void;
}

export interface RelayStatistics {
  readonly relayed: number;
  readonly received: number;
  readonly dropped: number;
}

/**
 * Hands live events to the other instances: those that somebody wants, there or here, for who is here now may come back there. What it is given waits
 * in a bounded queue and goes out by itself, so that nobody waits for the connection; where that is too slow, states that the next event
 * replaces are left out first.
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

  /** @param name of this instance, unlike any other's */
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

  /** How much of a cluster's events others want. */
  wants(clusterId: string): Detail | null {
    return this.others.of(clusterId, this.clock.now());
  }

  /** Forgets what others have not wanted for long; whether anything is left that they want. */
  prune(): boolean {
    return this.others.prune(this.clock.now());
  }

  /**
   * Hands an event to the others; returns at once. Also where none is known: one that has just begun listens before it is heard of, and is to
   * know from then on what its clients come back for.
   */
  publish(event: SentEvent): void {
    this.waiting.push(event);
    if (this.waiting.length > MOST_WAITING) this.makeRoom();
    this.flushSoon();
  }

  /** Tells the others of a cluster that was heard of for the first time, if anybody there wants to know. */
  introduce(clusterId: string): void {
    if (!this.others.everything(this.clock.now())) return;
    this.clusters.add(clusterId);
    this.flushSoon();
  }

  /** What this instance wants has changed. */
  interestChanged(): void {
    this.telling ??= setTimeout(() => this.tell(), TELL_CHANGE_MS).unref();
  }

  /** Sends what waits, says goodbye and lets go of the connection. */
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
    // A number that is used up without being sent would be a gap: what waits goes first, and this when there is room.
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

  /** The queue is full: states go first, for the next event replaces them; if that is not enough, everything, and others know by the number. */
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
