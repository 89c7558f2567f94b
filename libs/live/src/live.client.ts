import { Logger } from '@nestjs/common';
import type { Session } from '#auth';
import { Outbox, type OutboxCounts } from './outbox.js';
import { outletOf } from './outlet.js';
import { Turns } from './turns.js';
import type { LiveSocket, SentEvent } from './wire.js';

/** The longest that a timer can run. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const logger = new Logger('LiveClient');

/** What became of the events for clients, since the start. */
export interface ClientCounts extends OutboxCounts {
  /** Clients that were disconnected because they could not keep up. */
  slow: number;
}

/** A socket that is logged in, and what it wants to hear. */
export class LiveClient {
  /** As it was last looked at, at most a second ago. */
  session: Session;
  readonly clusters = new Set<string>();
  readonly turns = new Turns();
  /** It wants every cluster that it may see, those to come too. */
  everything = false;
  /** It shows many clusters beside each other, and does without what only the page of one shows. */
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

  /** Sends an event as soon as the connection takes it; ends a connection that has not taken far too many. */
  send(event: SentEvent): void {
    const { socket, clusters } = this;
    if (!socket.connected || this.outbox.push(event, clusters.size)) return;
    this.counts.slow += 1;
    logger.warn(`disconnecting slow client: it does not keep up with ${clusters.size} clusters`);
    socket.conn.close(true);
  }

  /** It has disconnected. */
  end(): void {
    clearTimeout(this.expiry);
    // A client that logs out of the socket alone would keep the place of a user.
    this.socket.conn.close();
  }
}
