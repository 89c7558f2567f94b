import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Server, type Socket } from 'socket.io';
import { Authenticator, type Session } from '#auth';
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
import { Admission, type Connection } from './admission.js';
import { type Acknowledge, answerer, type Asked, asked } from './asked.js';
import { ClientChecks } from './client-checks.js';
import { connectError } from './connect-error.js';
import { FanOut } from './fan-out.js';
import { INSTANCE_ADAPTER, type InstanceAdapter } from './instance.adapter.js';
import { LiveClient } from './live.client.js';
import { LiveClients } from './live.clients.js';
import { NewClusters } from './new-clusters.js';
import type { RelayStatistics } from './relay.js';
import { VisibleClusters } from './visible-clusters.js';

const PATH = '/socket.io';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Node's own, whose types name the callback only among the options of a new server. */
type UpgradingServer = HttpServer & { shouldUpgradeCallback: (request: IncomingMessage) => boolean };

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
 * The sockets of clients: who is let in, and what they ask for. Plain socket.io rather than a Nest gateway: events come from the bus and go
 * out, and what comes in are messages that ask for them.
 */
@Injectable()
export class LiveServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly admission: Admission;
  private io: Server | undefined;
  private closing = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly authenticator: Authenticator,
    private readonly clients: LiveClients,
    private readonly visible: VisibleClusters,
    private readonly newClusters: NewClusters,
    private readonly fanOut: FanOut,
    private readonly checks: ClientChecks,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(INSTANCE_ADAPTER) private readonly openAdapter: (() => InstanceAdapter) | null,
  ) {
    const { websocket } = config;
    this.admission = new Admission({
      users: websocket.maxConnections,
      perUser: websocket.maxPerUser,
      anonymous: websocket.maxAnonymous,
      perAddress: websocket.maxAnonymousPerAddress,
    });
  }

  statistics(): LiveStatistics {
    return { connections: this.clients.size, ...this.clients.counts, relay: this.fanOut.statistics() };
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
    if (adapter !== undefined) this.fanOut.connect(this.io, adapter);
    this.checks.start();
  }

  /** Before the HTTP server closes: it waits for its connections, and sockets neither end by themselves nor stay away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    this.checks.stop();
    this.fanOut.stop();
    // Without a goodbye: a client that is told to go does not come back by itself, to another instance or to this one once it is back.
    this.io?.engine.close();
    await this.fanOut.close();
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
    const client = new LiveClient(socket, socket.data as Session, this.clients.counts, this.clock.now());
    this.clients.add(client);
    this.fanOut.listen();
    this.answer(client, 'subscribe', async (question, acknowledge) => this.subscribe(client, question, acknowledge));
    this.answer(client, 'unsubscribe', ({ clusterId }, acknowledge) => {
      this.clients.unwatch(client, clusterId);
      acknowledge({ ok: true });
    });
    this.answer(client, 'subscribe_all', async (question, acknowledge) =>
      this.subscribeAll(client, question, acknowledge),
    );
    this.answer(client, 'unsubscribe_all', (_question, acknowledge) => {
      this.clients.wantEverything(client, false);
      for (const id of client.clusters) this.clients.unwatch(client, id);
      acknowledge({ ok: true });
    });
    socket.on('disconnect', () => {
      this.clients.remove(client);
      client.end();
    });
  }

  /** What a client says and what it wants the answer by; both may be missing. */
  private answer(
    client: LiveClient,
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
    client: LiveClient,
    { clusterId: id, lastEventId }: Asked,
    acknowledge: Acknowledge,
  ): Promise<void> {
    const visible = UUID.test(id) && (await this.visible.of(client.session.principal, [id])).includes(id);
    if (!visible) throw new NotFoundError('cluster_not_found', 'cluster not found');
    client.summary = false;
    this.fanOut.watchFrom(client, [id], lastEventId, acknowledge);
  }

  private async subscribeAll(
    client: LiveClient,
    { detail, lastEventId }: Asked,
    acknowledge: Acknowledge,
  ): Promise<void> {
    const ids = await this.visible.of(client.session.principal, null);
    this.clients.wantEverything(client, true);
    client.summary = detail === 'summary';
    this.newClusters.know(ids);
    this.fanOut.watchFrom(client, ids, lastEventId, acknowledge);
  }
}

/** Requests that ask for any other upgrade (`h2c`, or a WebSocket elsewhere) are answered over HTTP/1.1, as RFC 9110 has it. */
function isForSockets({ url, headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && url?.startsWith(`${PATH}/`) === true;
}
