import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { Clock } from '#config';
import { NotFoundError } from '#http';
import { ClientChecks } from './client-checks.js';
import { FanOut } from './fan-out.js';
import { InTurn } from './in-turn.interceptor.js';
import { LIVE_PATH, LiveIoAdapter } from './live-io.adapter.js';
import { LiveErrorFilter } from './live-error.filter.js';
import { LiveClient } from './live.client.js';
import { LiveClients } from './live.clients.js';
import { SubscribeAllDto, SubscribeDto, UnsubscribeDto } from './messages.dto.js';
import { NewClusters } from './new-clusters.js';
import type { RelayStatistics } from './relay.js';
import { SocketLogin } from './socket-login.js';
import { VisibleClusters } from './visible-clusters.js';
import type { Acknowledge, LiveServer, LiveSocket } from './wire.js';

/** Sockets of this process, and counters of their events since the start. */
export interface LiveStatistics {
  readonly connections: number;
  readonly sent: number;
  readonly dropped: number;
  /** Clients that were disconnected because they could not keep up. */
  readonly slow: number;
  /** Messages to and from other instances; zeros for a single instance. */
  readonly relay: RelayStatistics;
}

/** Messages from clients. Events do not pass through here: `FanOut` sends them. */
@WebSocketGateway({ path: LIVE_PATH })
@UseFilters(LiveErrorFilter)
@UseInterceptors(InTurn)
export class LiveGateway
  implements
    OnGatewayInit<LiveServer>,
    OnGatewayConnection<LiveSocket>,
    OnGatewayDisconnect<LiveSocket>,
    OnApplicationBootstrap,
    BeforeApplicationShutdown
{
  constructor(
    private readonly adapter: LiveIoAdapter,
    private readonly login: SocketLogin,
    private readonly clients: LiveClients,
    private readonly visible: VisibleClusters,
    private readonly newClusters: NewClusters,
    private readonly fanOut: FanOut,
    private readonly checks: ClientChecks,
    private readonly clock: Clock,
  ) {}

  statistics(): LiveStatistics {
    return { connections: this.clients.size, ...this.clients.counts, relay: this.fanOut.statistics() };
  }

  afterInit(server: LiveServer): void {
    server.use(this.login.check);
    if (this.adapter.instances !== null) this.fanOut.connect(server, this.adapter.instances);
  }

  /** @throws Error where the application uses another adapter */
  onApplicationBootstrap(): void {
    if (!this.adapter.isUsed) throw new Error('LiveGateway needs app.useWebSocketAdapter(app.get(LiveIoAdapter))');
    this.checks.start();
  }

  /** Before the HTTP server closes: it waits for its connections, and sockets do not end by themselves. */
  async beforeApplicationShutdown(): Promise<void> {
    this.checks.stop();
    this.fanOut.stop();
    this.adapter.stop();
    await this.fanOut.close();
  }

  handleConnection(socket: LiveSocket): void {
    const client = new LiveClient(socket, this.clients.counts, this.clock.now());
    socket.data.client = client;
    this.clients.add(client);
    this.fanOut.listen();
  }

  handleDisconnect({ data: { client } }: LiveSocket): void {
    this.clients.remove(client);
    client.end();
  }

  /** @throws NotFoundError where there is no such cluster, or the account may not see it */
  @SubscribeMessage('subscribe')
  async subscribe(
    @ConnectedSocket() { data: { client } }: LiveSocket,
    @MessageBody() { cluster_id: id, last_event_id: last }: SubscribeDto,
    @Ack() acknowledge?: Acknowledge,
  ): Promise<void> {
    const visible = await this.visible.of(client.session.principal, [id]);
    if (!visible.includes(id)) throw new NotFoundError('cluster_not_found', 'cluster not found');
    client.summary = false;
    this.fanOut.watchFrom(client, [id], last, acknowledge);
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(
    @ConnectedSocket() { data: { client } }: LiveSocket,
    @MessageBody() { cluster_id: id }: UnsubscribeDto,
  ): object {
    this.clients.unwatch(client, id);
    return { ok: true };
  }

  @SubscribeMessage('subscribe_all')
  async subscribeAll(
    @ConnectedSocket() { data: { client } }: LiveSocket,
    @MessageBody() { detail, last_event_id: last }: SubscribeAllDto,
    @Ack() acknowledge?: Acknowledge,
  ): Promise<void> {
    const ids = await this.visible.of(client.session.principal, null);
    this.clients.wantEverything(client, true);
    client.summary = detail === 'summary';
    this.newClusters.know(ids);
    this.fanOut.watchFrom(client, ids, last, acknowledge);
  }

  @SubscribeMessage('unsubscribe_all')
  unsubscribeAll(@ConnectedSocket() { data: { client } }: LiveSocket): object {
    this.clients.wantEverything(client, false);
    for (const id of client.clusters) this.clients.unwatch(client, id);
    return { ok: true };
  }
}
