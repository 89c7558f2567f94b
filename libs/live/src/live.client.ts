import { Logger } from '@nestjs/common';
import type { Session } from '#auth';
import { Outbox, type OutboxCounts } from './outbox.js';
import { outletOf } from './outlet.js';
import { Turns } from './turns.js';
import type { LiveSocket, SentEvent } from './wire.js';

/** The longest possible timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const logger = new Logger('LiveClient');

/** Counters of events for clients, since the start. */
export interface ClientCounts extends OutboxCounts {
  /** Clients that were disconnected because they could not keep up. */
  slow: number;
}

/** A logged-in socket and its subscriptions. */
export class LiveClient {
  /** As last checked, at most a second ago. */
  session: Session;
  readonly clusters = new Set<string>();
  readonly turns = new Turns();
  /** It subscribed to every cluster that it may see, new ones too. */
  everything = false;
  /** It lists many clusters and needs only summaries. */
  summary = false;
  private readonly outbox: Outbox;
  private readonly expiry: NodeJS.Timeout;

  constructor(
    readonly socket: LiveSocket,
    private readonly counts: ClientCounts,
    now: number,
  ) {
    this.session = socket.data.session;
    this.outbox = new Outbox(outletOf(socket), counts);
    socket.conn.on('drain', () => this.outbox.flush());
    const left = Math.min(this.session.expiresAt - now, LONGEST_TIMER_MS);
    this.expiry = setTimeout(() => socket.disconnect(true), left).unref();
  }

  /** Sends an event as soon as the connection accepts it; disconnects a client with too many pending events. */
  send(event: SentEvent): void {
    const { socket, clusters } = this;
    if (!socket.connected || this.outbox.push(event, clusters.size)) return;
    this.counts.slow += 1;
    logger.warn(`disconnecting slow client: it does not keep up with ${clusters.size} clusters`);
    socket.conn.close(true);
  }

  /** Called when it has disconnected. */
  end(): void {
    clearTimeout(this.expiry);
    // A client that leaves only the namespace would keep a place.
    this.socket.conn.close();
  }
}
