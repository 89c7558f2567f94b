import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Server, type Socket } from 'socket.io';
import { DataSource } from 'typeorm';
import { extractToken, type Session, TokenService } from '#auth';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { AppError, errorBody, isAllowedOrigin, NotFoundError, toAppError, UnauthorizedError } from '#http';
import { LiveBus, type LiveEvents, type LiveTopic } from '#scaler';
import { Replay } from './replay.js';

const TOPICS = ['metrics', 'cluster_state', 'decision', 'scaling_event', 'forecast', 'alert'] as const;
const RECHECK_MS = 15_000;
/** Packets that wait for a client: above the first it loses states that the next event replaces, above the second it is let go. */
const SLOW_PACKETS = 64;
const TOO_SLOW_PACKETS = 256;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Acknowledge = (answer: object) => void;
interface Client {
  readonly socket: Socket;
  readonly token: string;
  readonly session: Session;
  readonly clusters: Set<string>;
}

/** Sends what happens to clusters to those who may see them. One process counts and serves only its own sockets. */
@Injectable()
export class LiveServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly clients = new Map<string, Client>();
  private readonly watchers = new Map<string, Set<Client>>();
  private readonly replay: Replay;
  private readonly counts = { sent: 0, dropped: 0, slow: 0 };
  private io: Server | undefined;
  private recheck: NodeJS.Timeout | undefined;
  private unlisten: (() => void)[] = [];
  private lastClientAt = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly bus: LiveBus,
    private readonly tokens: TokenService,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    this.replay = new Replay(randomBytes(6).toString('hex'), config.websocket.replayWindow);
  }

  /** Sockets now, and events sent, left out for slow clients, and clients let go, since the start. */
  statistics(): {
    readonly connections: number;
    readonly sent: number;
    readonly dropped: number;
    readonly slow: number;
  } {
    return { connections: this.clients.size, ...this.counts };
  }

  onApplicationBootstrap(): void {
    const { websocket, api } = this.config;
    const origins = api.cors.allowedOrigins;
    this.io = new Server(this.host.httpAdapter.getHttpServer() as HttpServer, {
      pingInterval: websocket.pingInterval,
      maxHttpBufferSize: websocket.maxMessageSize,
      serveClient: false,
      cors: { origin: origins.includes('*') ? true : [...origins], credentials: true },
      // Browsers do not hold sockets to CORS: without this, another site could use the cookie.
      allowRequest: (request, decide) => decide(null, isAllowedOrigin(request.headers, origins)),
    });
    this.io.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(connectError(error)),
      );
    });
    this.io.on('connection', (socket) => this.connected(socket));
    this.recheck = setInterval(() => void this.recheckAll(), RECHECK_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.recheck);
    this.stopListening();
    await this.io?.close();
  }

  private async admit(socket: Socket): Promise<void> {
    const offered: unknown = socket.handshake.auth['token'];
    const token = typeof offered === 'string' ? offered : extractToken(socket.handshake.headers)?.token;
    if (token === undefined) throw new UnauthorizedError('not_authenticated', 'log in first');
    const session = await this.tokens.verify(token);
    if ((this.io?.engine.clientsCount ?? 0) > this.config.websocket.maxConnections) {
      throw new AppError(503, 'too_many_connections', 'too many live connections; try again later');
    }
    socket.data = { token, session };
  }

  private connected(socket: Socket): void {
    const { token, session } = socket.data as Pick<Client, 'token' | 'session'>;
    const client: Client = { socket, token, session, clusters: new Set() };
    this.clients.set(socket.id, client);
    this.listen();
    socket.on(
      'subscribe',
      (body: unknown, acknowledge: unknown) => void this.subscribe(client, body, answerer(acknowledge)),
    );
    socket.on('unsubscribe', (body: unknown, acknowledge: unknown) => {
      this.unwatch(client, text(body, 'cluster_id') ?? '');
      answerer(acknowledge)({ ok: true });
    });
    socket.on('subscribe_all', (...args: unknown[]) => void this.subscribeAll(client, answerer(args.at(-1))));
    socket.on('disconnect', () => {
      for (const id of client.clusters) this.unwatch(client, id);
      this.clients.delete(socket.id);
      this.lastClientAt = this.clock.now();
    });
  }

  private async subscribe(client: Client, body: unknown, acknowledge: Acknowledge): Promise<void> {
    try {
      const id = text(body, 'cluster_id') ?? '';
      const visible = UUID.test(id) && (await this.visible(client, [id])).includes(id);
      if (!visible) throw new NotFoundError('cluster_not_found', 'cluster not found');
      const last = text(body, 'last_event_id');
      const { missed, events } =
        last === undefined ? { missed: false, events: [] } : this.replay.since(id, last, this.clock.now());
      acknowledge({ ok: true, missed });
      for (const event of events) client.socket.emit(event.type, event);
      this.watch(client, id);
    } catch (error) {
      acknowledge(errorBody(toAppError(error)));
    }
  }

  private async subscribeAll(client: Client, acknowledge: Acknowledge): Promise<void> {
    try {
      const ids = await this.visible(client, null);
      for (const id of ids) this.watch(client, id);
      acknowledge({ ok: true, count: ids.length });
    } catch (error) {
      acknowledge(errorBody(toAppError(error)));
    }
  }

  /** Those of the clusters (`null`: of all) that exist and that the client may see. */
  private async visible({ session }: Client, ids: readonly string[] | null): Promise<string[]> {
    const { id, role } = session.principal;
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM clusters WHERE deleted_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY($1::uuid[])) AND ($2 OR owner_id = $3::uuid)`,
      [ids, role === 'admin', id],
    );
    return rows.map((row) => row.id);
  }

  private watch(client: Client, id: string): void {
    if (!client.socket.connected) return;
    client.clusters.add(id);
    const watchers = this.watchers.get(id) ?? new Set();
    this.watchers.set(id, watchers.add(client));
  }

  private unwatch(client: Client, id: string): void {
    client.clusters.delete(id);
    const watchers = this.watchers.get(id);
    watchers?.delete(client);
    if (watchers?.size === 0) this.watchers.delete(id);
  }

  private listen(): void {
    if (this.unlisten.length > 0) return;
    this.unlisten = TOPICS.map((topic) => this.bus.on(topic, (event) => this.send(topic, event)));
  }

  private stopListening(): void {
    for (const end of this.unlisten) end();
    this.unlisten = [];
    this.replay.clear();
  }

  private send(topic: LiveTopic, event: LiveEvents[LiveTopic]): void {
    const sent = this.replay.add(event, this.clock.now());
    for (const { socket } of this.watchers.get(event.cluster_id) ?? []) {
      const { writeBuffer } = socket.conn as unknown as { writeBuffer: readonly unknown[] };
      if (writeBuffer.length > TOO_SLOW_PACKETS) {
        this.counts.slow += 1;
        socket.conn.close(true);
      } else if (writeBuffer.length > SLOW_PACKETS && (topic === 'metrics' || topic === 'cluster_state')) {
        this.counts.dropped += 1;
      } else {
        this.counts.sent += 1;
        socket.emit(topic, sent);
      }
    }
  }

  /** Lets go of ended logins and of clusters that are gone; stops listening when nobody can catch up any more. */
  private async recheckAll(): Promise<void> {
    const now = this.clock.now();
    if (this.clients.size === 0 && now - this.lastClientAt > this.config.websocket.replayWindow) this.stopListening();
    for (const client of this.clients.values()) {
      try {
        await this.tokens.verify(client.token);
        const visible = new Set(await this.visible(client, [...client.clusters]));
        for (const id of client.clusters) if (!visible.has(id)) this.unwatch(client, id);
      } catch (error) {
        // A database that is away ends nobody's login.
        if (error instanceof UnauthorizedError) client.socket.disconnect(true);
      }
    }
  }
}

function connectError(error: unknown): Error {
  const shaped = toAppError(error);
  return Object.assign(new Error(shaped.message), { data: errorBody(shaped) });
}

function text(body: unknown, key: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function answerer(acknowledge: unknown): Acknowledge {
  return typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : () => undefined;
}
