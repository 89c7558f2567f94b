import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Server, type Socket } from 'socket.io';
import { DataSource } from 'typeorm';
import { Authenticator, onlyOwner, type Session, TokenService } from '#auth';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import {
  addressBlock,
  AppError,
  clientAddresses,
  errorBody,
  NotFoundError,
  originCheck,
  toAppError,
  TooManyRequestsError,
  traceRequests,
} from '#http';
import { LiveBus, type LiveEvents, type LiveTopic } from '#scaler';
import { Admission, type Connection } from './admission.js';
import { type Acknowledge, answerer, type Asked, asked } from './asked.js';
import { connectError } from './connect-error.js';
import { type Interest, named } from './interest.js';
import { INSTANCE_ADAPTER, type InstanceAdapter } from './instance.adapter.js';
import { Outbox } from './outbox.js';
import { outletOf } from './outlet.js';
import { Relay, type RelayOwner, type RelayStatistics } from './relay.js';
import { Replay, type SentEvent } from './replay.js';
import { Turns } from './turns.js';
import { Watchers } from './watchers.js';

const PATH = '/socket.io';
const TOPICS = ['metrics', 'cluster_state', 'decision', 'scaling_event', 'forecast', 'alert', 'backtest'] as const;
/** Logins that ended, accounts that are gone or disabled, roles and scopes that were changed are noticed within this time. */
const RECHECK_LOGINS_MS = 1000;
/** Clusters that were deleted are noticed within this time. */
const RECHECK_MS = 15_000;
/** By how much instances may hear of the same events in another order, in milliseconds. */
const OVERLAP_MS = 2000;
/** Clusters that nobody has heard of are asked about together. */
const INTRODUCE_MS = 20;
/** The longest that a timer can run. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Node's own, whose types name the callback only among the options of a new server. */
type UpgradingServer = HttpServer & { shouldUpgradeCallback: (request: IncomingMessage) => boolean };

interface Client {
  readonly socket: Socket;
  /** As it was last looked at, at most a second ago. */
  session: Session;
  readonly clusters: Set<string>;
  readonly outbox: Outbox;
  readonly turns: Turns;
  /** It wants every cluster that it may see, those to come too. */
  everything: boolean;
  /** It shows many clusters beside each other, and does without what only the page of one shows. */
  summary: boolean;
}

/** What a client that asked for summaries is not sent: a decision each tick is of interest to whoever looks at one cluster. */
const NOT_IN_SUMMARY: ReadonlySet<LiveTopic> = new Set(['decision', 'forecast']);

/** Sockets of this process, and what became of the events for them, since the start. */
export interface LiveStatistics {
  readonly connections: number;
  readonly sent: number;
  readonly dropped: number;
  /** Clients that were let go because they could not keep up. */
  readonly slow: number;
  /** What went to other instances and came from them; zeros where an instance is alone. */
  readonly relay: RelayStatistics;
}

/**
 * Sends what happens to clusters to those who may see them. Plain socket.io rather than a Nest gateway: events come from the bus and go out,
 * and what comes in are messages that ask for them. Events of clusters that other instances tick come by the relay.
 */
@Injectable()
export class LiveServer implements OnApplicationBootstrap, BeforeApplicationShutdown, RelayOwner {
  private readonly logger = new Logger(LiveServer.name);
  private readonly clients = new Map<string, Client>();
  private readonly admission: Admission;
  private readonly watchers: Watchers<Client>;
  private readonly replay: Replay;
  /** Clusters that those who want everything have been asked about. */
  private readonly known = new Set<string>();
  private readonly counts = { sent: 0, dropped: 0, slow: 0 };
  private readonly instance = randomBytes(6).toString('hex');
  private io: Server | undefined;
  private relay: Relay | undefined;
  private closing = false;
  private recheck: NodeJS.Timeout | undefined;
  private recheckLogins: NodeJS.Timeout | undefined;
  private strangers: string[] = [];
  private unlisten: (() => void)[] = [];

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly bus: LiveBus,
    private readonly authenticator: Authenticator,
    private readonly tokens: TokenService,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(INSTANCE_ADAPTER) private readonly openAdapter: (() => InstanceAdapter) | null,
  ) {
    const { replayWindow, ...limits } = config.websocket;
    this.admission = new Admission({
      users: limits.maxConnections,
      perUser: limits.maxPerUser,
      anonymous: limits.maxAnonymous,
      perAddress: limits.maxAnonymousPerAddress,
    });
    this.watchers = new Watchers(replayWindow);
    this.replay = new Replay(this.instance, replayWindow, openAdapter === null ? 0 : OVERLAP_MS);
  }

  statistics(): LiveStatistics {
    const relay = this.relay?.statistics() ?? { relayed: 0, received: 0, dropped: 0 };
    return { connections: this.clients.size, ...this.counts, relay };
  }

  onApplicationBootstrap(): void {
    const { websocket, api } = this.config;
    const adapter = this.openAdapter?.();
    const origins = api.cors.allowedOrigins;
    const isAllowed = originCheck(origins, api.trustedProxies);
    const server = this.host.httpAdapter.getHttpServer() as UpgradingServer;
    server.shouldUpgradeCallback = isForSockets;
    this.io = new Server(server, {
      path: PATH,
      pingInterval: websocket.pingInterval,
      connectTimeout: websocket.loginTimeout,
      maxHttpBufferSize: websocket.maxMessageSize,
      serveClient: false,
      cors: { origin: origins.includes('*') ? true : [...origins], credentials: true },
      // Browsers do not hold sockets to CORS: without this, another site could use the cookie.
      allowRequest: (request, decide) => decide(null, !this.closing && isAllowed(request)),
      ...(adapter === undefined ? {} : { adapter: adapter.create }),
    });
    this.io.engine.use(traceRequests);
    const addressOf = clientAddresses(api.trustedProxies);
    this.io.engine.on('connection', (connection: Connection & { readonly request: IncomingMessage }) => {
      this.admission.open(connection, addressBlock(addressOf(connection.request)));
    });
    this.io.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(connectError(error)),
      );
    });
    this.io.on('connection', (socket) => this.connected(socket));
    if (adapter !== undefined) {
      const { clock, config } = this;
      this.relay = new Relay(this.instance, this.io, adapter, this, clock, config.websocket.replayWindow);
    }
    this.scheduleRecheck();
    this.scheduleRecheckOfLogins();
  }

  /** Before the HTTP server closes: it waits for its connections, and sockets neither end by themselves nor stay away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearTimeout(this.recheck);
    clearTimeout(this.recheckLogins);
    this.stopListening();
    // Without a goodbye: a client that is told to go does not come back by itself, to another instance or to this one once it is back.
    this.io?.engine.close();
    await this.relay?.close();
  }

  /** What this instance's clients want of the others. */
  interest(): Interest {
    const { full, summary } = this.watchers.watched();
    const everything = [...this.clients.values()].some((client) => client.everything);
    return { full: named(full), summary: named(summary), everything };
  }

  /** An event of another instance. */
  receive(event: SentEvent): void {
    this.replay.keep(event, this.clock.now());
    this.deliver(event);
  }

  /** Others want to hear of clusters that are ticked here. */
  wanted(): void {
    if (!this.closing) this.listen();
  }

  /** Clients are let go to come back: then they hear that they missed something, and ask for it over REST. */
  lost(): void {
    this.logger.warn(`events of other instances were lost; ${this.clients.size} live clients are told to ask anew`);
    this.replay.interrupted(this.clock.now());
    for (const { socket } of this.clients.values()) socket.conn.close();
  }

  private async admit(socket: Socket): Promise<void> {
    if (!this.admission.mayLogIn(socket.conn)) {
      socket.conn.close(true);
      throw new TooManyRequestsError('rate_limit_exceeded', 'too many logins over one connection', 1);
    }
    const { headers, auth } = socket.handshake;
    const session = await this.authenticator.authenticate({ headers, auth });
    if (!this.admission.logIn(socket.conn, session.principal.id)) {
      throw new AppError(503, 'too_many_connections', 'too many live connections; try again later');
    }
    socket.data = session;
  }

  private connected(socket: Socket): void {
    const session = socket.data as Session;
    const outbox = new Outbox(outletOf(socket), this.counts);
    const turns = new Turns();
    const client: Client = {
      socket,
      session,
      clusters: new Set(),
      outbox,
      turns,
      everything: false,
      summary: false,
    };
    this.clients.set(socket.id, client);
    socket.conn.on('drain', () => outbox.flush());
    this.listen();
    const left = Math.min(session.expiresAt - this.clock.now(), LONGEST_TIMER_MS);
    const expiry = setTimeout(() => socket.disconnect(true), left).unref();
    this.answer(client, 'subscribe', async (question, acknowledge) => this.subscribe(client, question, acknowledge));
    this.answer(client, 'unsubscribe', ({ clusterId }, acknowledge) => {
      this.unwatch(client, clusterId);
      acknowledge({ ok: true });
    });
    this.answer(client, 'subscribe_all', async (question, acknowledge) =>
      this.subscribeAll(client, question, acknowledge),
    );
    this.answer(client, 'unsubscribe_all', (_question, acknowledge) => {
      client.everything = false;
      for (const id of client.clusters) this.unwatch(client, id);
      acknowledge({ ok: true });
    });
    socket.on('disconnect', () => {
      clearTimeout(expiry);
      for (const id of client.clusters) this.unwatch(client, id);
      this.clients.delete(socket.id);
      // A client that logs out of the socket alone would keep the place of a user.
      socket.conn.close();
    });
  }

  /** What a client says and what it wants the answer by; both may be missing. */
  private answer(
    client: Client,
    message: string,
    work: (asked: Asked, acknowledge: Acknowledge) => Promise<void> | void,
  ): void {
    client.socket.on(message, (...args: unknown[]) => {
      const acknowledge = answerer(args.at(-1));
      // What waits for its turn holds on to this, and not to the message, which may be large.
      const question = asked(args[0]);
      client.turns
        .take(() => work(question, acknowledge))
        .catch((error: unknown) => acknowledge(errorBody(toAppError(error))));
    });
  }

  private async subscribe(
    client: Client,
    { clusterId: id, lastEventId }: Asked,
    acknowledge: Acknowledge,
  ): Promise<void> {
    const visible = UUID.test(id) && (await this.visible(client, [id])).includes(id);
    if (!visible) throw new NotFoundError('cluster_not_found', 'cluster not found');
    client.summary = false;
    this.watchFrom(client, [id], lastEventId, acknowledge);
  }

  private async subscribeAll(client: Client, { detail, lastEventId }: Asked, acknowledge: Acknowledge): Promise<void> {
    const ids = await this.visible(client, null);
    client.everything = true;
    this.relay?.interestChanged();
    client.summary = detail === 'summary';
    for (const id of ids) this.known.add(id);
    this.watchFrom(client, ids, lastEventId, acknowledge);
  }

  /**
   * Sends what was missed and watches from there on, in one go, so that nothing falls in between. More than may wait for a client is not
   * sent: it is told that it missed something, and REST tells what.
   */
  private watchFrom(client: Client, ids: readonly string[], last: string | undefined, acknowledge: Acknowledge): void {
    const { missed, events } =
      last === undefined ? { missed: false, events: [] } : this.replay.since(new Set(ids), last, this.clock.now());
    const shown = events.flatMap((event) => (client.summary ? (summaryOf(event) ?? []) : event));
    const tooMany = shown.length > Outbox.room(ids.length);
    acknowledge({ ok: true, count: ids.length, missed: missed || tooMany });
    for (const id of ids) this.watch(client, id);
    if (!tooMany) for (const event of shown) this.hand(client, event);
  }

  /** Those of the clusters (`null`: of all) that exist and that the client may see. */
  private async visible({ session }: Client, ids: readonly string[] | null): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM clusters WHERE deleted_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY($1::uuid[])) AND ($2::uuid IS NULL OR owner_id = $2::uuid)`,
      [ids, onlyOwner(session.principal)],
    );
    return rows.map((row) => row.id);
  }

  private watch(client: Client, id: string): void {
    if (!client.socket.connected) return;
    client.clusters.add(id);
    this.watchers.add(id, client);
    this.relay?.interestChanged();
  }

  private unwatch(client: Client, id: string): void {
    client.clusters.delete(id);
    this.watchers.remove(id, client, this.clock.now());
    this.relay?.interestChanged();
  }

  private listen(): void {
    if (this.unlisten.length > 0) return;
    this.unlisten = TOPICS.map((topic) => this.bus.on(topic, (event) => this.send(event)));
  }

  private stopListening(): void {
    for (const end of this.unlisten) end();
    this.unlisten = [];
    this.known.clear();
    this.replay.clear();
  }

  private send(event: LiveEvents[LiveTopic]): void {
    const { cluster_id: id } = event;
    if (!this.known.has(id)) {
      this.introduce([id]);
      this.relay?.introduce(id);
    }
    const now = this.clock.now();
    const details = [this.watchers.detail(id, now), this.relay?.wants(id) ?? null];
    if (details.every((detail) => detail === null)) return;
    const sent = this.replay.add(event, now);
    this.deliver(sent);
    if (this.relay === undefined) return;
    const shown = details.includes('full') ? sent : summaryOf(sent);
    if (shown !== null) this.relay.publish(shown);
  }

  private deliver(sent: SentEvent): void {
    let short: SentEvent | null | undefined;
    for (const client of this.watchers.of(sent.cluster_id)) {
      const shown = client.summary ? (short ??= summaryOf(sent)) : sent;
      if (shown !== null) this.hand(client, shown);
    }
  }

  private hand({ socket, clusters, outbox }: Client, event: SentEvent): void {
    if (!socket.connected || outbox.push(event, clusters.size)) return;
    this.counts.slow += 1;
    this.logger.warn(`a live client is let go: it does not keep up with the ${clusters.size} clusters that it watches`);
    socket.conn.close(true);
  }

  /** Clusters nobody has heard of yet: shown to those who want everything and may see them. */
  introduce(ids: readonly string[]): void {
    const strangers = ids.filter((id) => !this.known.has(id));
    if (strangers.length === 0) return;
    for (const id of strangers) this.known.add(id);
    if (this.strangers.length === 0) setTimeout(() => void this.showStrangers(), INTRODUCE_MS).unref();
    this.strangers.push(...strangers);
  }

  private async showStrangers(): Promise<void> {
    const ids = this.strangers.splice(0);
    for (const client of this.clients.values()) {
      if (!client.everything) continue;
      const visible = await this.visible(client, ids).catch((): string[] => []);
      for (const id of visible) if (!client.clusters.has(id)) this.watch(client, id);
    }
  }

  private scheduleRecheck(): void {
    this.recheck = setTimeout(() => {
      void this.recheckAll().finally(() => this.scheduleRecheck());
    }, RECHECK_MS).unref();
  }

  /** Lets go of clusters that are gone; stops listening when nobody can catch up any more. */
  private async recheckAll(): Promise<void> {
    const somebody = this.watchers.prune(this.clock.now());
    const others = this.relay?.prune() ?? false;
    if (this.clients.size === 0 && !somebody && !others) this.stopListening();
    for (const client of this.clients.values()) await this.recheckClusters(client);
  }

  private async recheckClusters(client: Client): Promise<void> {
    // While the database is away, everybody sees what they saw.
    const ids = await this.visible(client, client.everything ? null : [...client.clusters]).catch(() => null);
    if (ids === null) return;
    const visible = new Set(ids);
    if (client.everything) for (const id of visible) if (!client.clusters.has(id)) this.watch(client, id);
    for (const id of client.clusters) if (!visible.has(id)) this.unwatch(client, id);
  }

  private scheduleRecheckOfLogins(): void {
    this.recheckLogins = setTimeout(() => {
      void this.recheckAllLogins().finally(() => {
        if (!this.closing) this.scheduleRecheckOfLogins();
      });
    }, RECHECK_LOGINS_MS).unref();
  }

  /** One statement for all of them; a login that ended at another instance is seen here, too. */
  private async recheckAllLogins(): Promise<void> {
    const clients = [...this.clients.values()];
    if (clients.length === 0) return;
    // A database that is away ends nobody's login.
    const sessions = await this.tokens.recheck(clients.map(({ session }) => session)).catch(() => null);
    for (const [index, client] of clients.entries()) {
      const session = sessions?.[index];
      if (session === null) client.socket.disconnect(true);
      if (session === null || session === undefined) continue;
      const changed = onlyOwner(session.principal) !== onlyOwner(client.session.principal);
      client.session = session;
      if (changed) await this.recheckClusters(client);
    }
  }
}

/** Requests that ask for any other upgrade (`h2c`, or a WebSocket elsewhere) are answered over HTTP/1.1, as RFC 9110 has it. */
function isForSockets({ url, headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && url?.startsWith(`${PATH}/`) === true;
}

/** An event without its lists of servers; `null`: it is not for summaries. */
function summaryOf(event: SentEvent): SentEvent | null {
  if (NOT_IN_SUMMARY.has(event.type)) return null;
  if (event.type !== 'metrics' && event.type !== 'cluster_state') return event;
  return { ...event, data: { ...event.data, servers: [] } } as SentEvent;
}
