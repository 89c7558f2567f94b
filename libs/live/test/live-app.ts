import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { register } from 'prom-client';
import { io, type Socket } from 'socket.io-client';
import { Authenticator, AuthModule, type Role, TokenService, UsersService } from '#auth';
import { ClusterRepository } from '#clusters';
import { ConfigModule, configOf } from '#config';
import { type TestDatabase, TestDatabaseModule } from '#database/testing';
import { HttpModule } from '#http';
import { LiveBus, type LiveEvents } from '#scaler';
import { clustersIn } from '../../clusters/test/in-database.js';
import { INSTANCE_ADAPTER, type InstanceAdapter } from '../src/instance.adapter.js';
import { LiveIoAdapter } from '../src/live-io.adapter.js';
import { LIVE_PROVIDERS } from '../src/live.providers.js';
import { LiveGateway } from '../src/live.gateway.js';

export interface Heard {
  readonly id: string;
  readonly cluster_id: string;
  readonly data: { readonly message: string };
}

/** An instance with accounts and live events only. */
export class LiveApp {
  private readonly sockets: Socket[] = [];

  private constructor(
    private readonly app: INestApplication,
    private readonly database: TestDatabase,
    private readonly url: string,
  ) {}

  static async start(
    database: TestDatabase,
    instances: InstanceAdapter | null,
    { withAdapter = true } = {},
  ): Promise<LiveApp> {
    register.clear();
    const config = configOf({ 'api.jwt_secret': 'only-for-this-test-0123456789abcdef' });
    @Module({
      imports: [ConfigModule.forRoot(config), TestDatabaseModule.of(database), HttpModule, AuthModule],
      providers: [
        ...LIVE_PROVIDERS,
        { provide: ClusterRepository, useValue: clustersIn(database.dataSource) },
        { provide: LiveBus, useValue: new LiveBus() },
        { provide: INSTANCE_ADAPTER, useValue: instances === null ? null : () => instances },
      ],
    })
    class AppOfTest {}
    const app = await NestFactory.create(AppOfTest, { logger: false, abortOnError: false });
    if (withAdapter) app.useWebSocketAdapter(app.get(LiveIoAdapter));
    try {
      await app.listen(0, '127.0.0.1');
    } catch (error) {
      await app.close();
      throw error;
    }
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new LiveApp(app, database, `http://127.0.0.1:${port}`);
  }

  get live(): LiveGateway {
    return this.app.get(LiveGateway);
  }

  async user(name: string, role: Role = 'operator'): Promise<{ id: string; token: string }> {
    const users = this.app.get(UsersService);
    const account =
      (await users.findByName(name)) ??
      (await users.create({ username: name, password: 'Correct-Horse-9', role }, { ip: 'test' }));
    return { id: account.id, token: (await this.app.get(TokenService).issue(account)).token };
  }

  /** Revokes the login, as `POST /auth/logout` does. */
  async logOut(token: string): Promise<void> {
    const session = await this.app.get(Authenticator).authenticate({ headers: {}, auth: { token } });
    await this.app.get(TokenService).revoke(session);
  }

  async cluster(ownerId: string, name: string): Promise<string> {
    const [{ id }] = await this.database.dataSource.query<[{ id: string }]>(
      `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status)
        VALUES ($1, $2, 1, 5, '{}', '{}', 'active') RETURNING id`,
      [ownerId, name],
    );
    return id;
  }

  async connect(token: string): Promise<Socket> {
    const socket = io(this.url, { auth: { token }, reconnection: false, forceNew: true, transports: ['websocket'] });
    this.sockets.push(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    return socket;
  }

  /** Emits an event of a cluster that this instance ticks. */
  alert(clusterId: string, message: string): void {
    const event: LiveEvents['alert'] = {
      type: 'alert',
      cluster_id: clusterId,
      timestamp: new Date().toISOString(),
      data: { code: 'drift', severity: 'info', state: 'noticed', message },
    };
    this.app.get(LiveBus).emit('alert', event);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.disconnect();
    await this.app.close();
  }
}

/** The next alert that a socket receives. */
export async function next(socket: Socket): Promise<Heard> {
  const [event] = (await once(socket as never, 'alert')) as [Heard];
  return event;
}

/** Everything that a socket receives from now on. */
export function listenTo(socket: Socket): Heard[] {
  const heard: Heard[] = [];
  socket.on('alert', (event: Heard) => heard.push(event));
  return heard;
}
