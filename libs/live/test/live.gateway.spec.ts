import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { io, type Socket } from 'socket.io-client';
import { AuthModule, type Role, TokenService, UsersService } from '#auth';
import { ClusterRepository } from '#clusters';
import { ConfigModule, configOf } from '#config';
import { createTestDatabase, type TestDatabase, TestDatabaseModule } from '#database/testing';
import { HttpModule } from '#http';
import { LiveBus, type LiveEvents } from '#scaler';
import { clustersIn } from '../../clusters/test/in-database.js';
import { INSTANCE_ADAPTER } from '../src/instance.adapter.js';
import { LiveIoAdapter } from '../src/live-io.adapter.js';
import { LIVE_PROVIDERS } from '../src/live.providers.js';
import { LiveGateway } from '../src/live.gateway.js';

const MAX_CONNECTIONS = 4;
const config = configOf({
  'api.jwt_secret': 'only-for-this-test-0123456789abcdef',
  'websocket.max_connections': MAX_CONNECTIONS,
  'websocket.max_message_size': 1024,
  'websocket.ping_interval': '7s',
  'websocket.login_timeout': '3s',
});

let database: TestDatabase;
let app: INestApplication;
let url: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  @Module({
    imports: [ConfigModule.forRoot(config), TestDatabaseModule.of(database), HttpModule, AuthModule],
    providers: [
      ...LIVE_PROVIDERS,
      { provide: ClusterRepository, useValue: clustersIn(database.dataSource) },
      { provide: LiveBus, useValue: new LiveBus() },
      { provide: INSTANCE_ADAPTER, useValue: null },
    ],
  })
  class AppOfTest {}
  app = await NestFactory.create(AppOfTest, { logger: false });
  app.useWebSocketAdapter(app.get(LiveIoAdapter));
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

afterAll(async () => {
  await app.close();
  await database.close();
});

async function user(name: string, role: Role = 'operator'): Promise<{ id: string; token: string }> {
  const users = app.get(UsersService);
  const known = await users.findByName(name);
  const account = known ?? (await users.create({ username: name, password: 'Correct-Horse-9', role }, { ip: 'test' }));
  return { id: account.id, token: (await app.get(TokenService).issue(account)).token };
}

async function cluster(ownerId: string, name: string): Promise<string> {
  const [{ id }] = await database.dataSource.query<[{ id: string }]>(
    `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status)
      VALUES ($1, $2, 1, 5, '{}', '{}', 'active') RETURNING id`,
    [ownerId, name],
  );
  return id;
}

function open(token: string, options: object = {}): Socket {
  const socket = io(url, {
    auth: { token },
    reconnection: false,
    forceNew: true,
    transports: ['websocket'],
    ...options,
  });
  sockets.push(socket);
  return socket;
}

async function connected(token: string): Promise<Socket> {
  const socket = open(token);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return socket;
}

async function refused(socket: Socket): Promise<Error & { data?: { code: string } }> {
  return new Promise((resolve) => socket.once('connect_error', resolve));
}

function alert(clusterId: string, message: string): void {
  const event: LiveEvents['alert'] = {
    type: 'alert',
    cluster_id: clusterId,
    timestamp: new Date().toISOString(),
    data: { code: 'drift', severity: 'info', state: 'noticed', message },
  };
  app.get(LiveBus).emit('alert', event);
}

async function next(socket: Socket): Promise<{ id: string; cluster_id: string; data: { message: string } }> {
  return new Promise((resolve) => socket.once('alert', resolve));
}

const METRICS = {
  active: 1,
  provisioning: 0,
  draining: 0,
  reporting: 1,
  cpu: null,
  memory: null,
  request_rate: null,
  demand: null,
  saturated: false,
  staleness_ms: null,
};
const FORECAST = { horizon_ms: 1000, model: 'test', level: 0.9, upper: 1, quantiles: {} };

describe('live events', () => {
  it('reach subscribers, for their own clusters only', async () => {
    // The first account is an admin, which these two must not be.
    await user('root', 'admin');
    const ada = await user('ada');
    const bob = await user('bob');
    const hers = await cluster(ada.id, 'hers');
    const his = await cluster(bob.id, 'his');
    const [adas, bobs] = [await connected(ada.token), await connected(bob.token)];
    expect(await adas.emitWithAck('subscribe', { cluster_id: hers })).toMatchObject({ ok: true });
    expect(await bobs.emitWithAck('subscribe', { cluster_id: hers })).toMatchObject({ code: 'cluster_not_found' });
    expect(await bobs.emitWithAck('subscribe_all', {})).toMatchObject({ ok: true, count: 1 });
    const heardByBob: string[] = [];
    bobs.on('alert', (event: { cluster_id: string }) => heardByBob.push(event.cluster_id));
    const hear = next(adas);
    alert(hers, 'of hers');
    expect((await hear).data.message).toBe('of hers');
    const own = next(bobs);
    alert(his, 'of his');
    await own;
    expect(heardByBob).toEqual([his]);
  });

  it('reach clients subscribed to all clusters also for new ones', async () => {
    const ada = await user('ada');
    const socket = await connected(ada.token);
    await socket.emitWithAck('subscribe_all', {});
    const later = await cluster(ada.id, 'later');
    const hear = next(socket);
    const again = setInterval(() => alert(later, 'here I am'), 20);
    expect((await hear).cluster_id).toBe(later);
    clearInterval(again);
  });

  it('are replayed after a disconnect', async () => {
    const ada = await user('ada');
    const id = await cluster(ada.id, 'paused for a while');
    const before = await connected(ada.token);
    await before.emitWithAck('subscribe', { cluster_id: id });
    const hear = next(before);
    alert(id, 'first');
    const { id: last } = await hear;
    before.disconnect();
    alert(id, 'second');
    const after = await connected(ada.token);
    const missed = next(after);
    expect(await after.emitWithAck('subscribe', { cluster_id: id, last_event_id: last })).toMatchObject({
      missed: false,
    });
    expect((await missed).data.message).toBe('second');
  });

  it('are summaries for clients that list many clusters, and complete for the page of one', async () => {
    const ada = await user('ada');
    const id = await cluster(ada.id, 'one of many');
    const socket = await connected(ada.token);
    const heard: { type: string; data: { servers?: unknown[] } }[] = [];
    for (const topic of ['metrics', 'forecast']) socket.on(topic, (event: (typeof heard)[number]) => heard.push(event));
    const tell = async (): Promise<void> => {
      const about = { cluster_id: id, timestamp: new Date().toISOString() };
      const server = { server_id: 'a', cpu_usage: 1, memory_usage: 1, request_load: 1 };
      app.get(LiveBus).emit('metrics', { type: 'metrics', ...about, data: { ...METRICS, servers: [server] } });
      app.get(LiveBus).emit('forecast', { type: 'forecast', ...about, data: FORECAST });
      const last = next(socket);
      alert(id, 'that was all');
      await last;
    };
    await socket.emitWithAck('subscribe_all', { detail: 'summary' });
    await tell();
    expect(heard.splice(0)).toMatchObject([{ type: 'metrics', data: { active: 1, servers: [] } }]);
    await socket.emitWithAck('subscribe', { cluster_id: id });
    await tell();
    expect(heard.splice(0)).toMatchObject([
      { type: 'metrics', data: { servers: [{ server_id: 'a' }] } },
      { type: 'forecast' },
    ]);
    expect(await socket.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
    const other = await cluster(ada.id, 'the only one wanted');
    await socket.emitWithAck('subscribe', { cluster_id: other });
    const hear = next(socket);
    alert(id, 'not delivered');
    alert(other, 'heard');
    expect((await hear).data.message).toBe('heard');
  });

  it('stop after unsubscribing', async () => {
    const ada = await user('ada');
    const id = await cluster(ada.id, 'left');
    const other = await cluster(ada.id, 'stays');
    const socket = await connected(ada.token);
    await socket.emitWithAck('subscribe', { cluster_id: id });
    await socket.emitWithAck('subscribe', { cluster_id: other });
    await socket.emitWithAck('unsubscribe', { cluster_id: id });
    const hear = next(socket);
    alert(id, 'not delivered');
    alert(other, 'heard');
    expect((await hear).data.message).toBe('heard');
  });
});

describe('a handshake', () => {
  it.each([
    ['without a login', {}, 'not_authenticated'],
    ['with a forged token', { auth: { token: 'x.y.z' } }, 'token_invalid'],
  ])('%s is rejected', async (_name, options, code) => {
    expect((await refused(open('', { auth: {}, ...options }))).data?.code).toBe(code);
  });

  it('with a cookie needs an allowed origin', async () => {
    const { token } = await user('ada');
    const extraHeaders = { cookie: `auth_token=${token}` };
    expect((await refused(open('', { auth: {}, extraHeaders }))).data?.code).toBe('origin_required');
    await refused(open('', { auth: {}, extraHeaders: { ...extraHeaders, origin: 'https://evil.example' } }));
    const socket = open('', { auth: {}, extraHeaders: { ...extraHeaders, origin: url } });
    await new Promise((resolve) => socket.once('connect', () => resolve(undefined)));
    expect(socket.connected).toBe(true);
  });

  it('contains the configured ping interval and the maximum message size', async () => {
    const handshake = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    expect(JSON.parse((await handshake.text()).slice(1))).toMatchObject({ pingInterval: 7000, maxPayload: 1024 });
  });

  it('above the limit is rejected with a reason', async () => {
    const { token } = await user('ada');
    for (let index = 0; index < MAX_CONNECTIONS; index += 1) await connected(token);
    expect((await refused(open(token))).data?.code).toBe('too_many_connections');
  });
});

describe('connections without a login', () => {
  /** Opens a silent WebSocket; resolves once the service has answered. */
  async function silent(): Promise<WebSocket> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    await once(socket, 'message');
    return socket;
  }

  it('block no user, however many there are', async () => {
    const { token } = await user('ada');
    const before = await connected(token);
    const all = Promise.all(Array.from({ length: 1500 }, silent));
    const meanwhile = await connected(token);
    const opened = await all;
    const after = await connected(token);
    expect([before.connected, meanwhile.connected, after.connected]).toEqual([true, true, true]);
    const left = opened.filter(({ readyState }) => readyState === WebSocket.OPEN);
    expect(left.length).toBeLessThanOrEqual(config.websocket.maxAnonymousPerAddress);
    for (const socket of left) socket.close();
  }, 120_000);

  it('are closed if the client has disconnected before it was accepted', async () => {
    const server = app.getHttpServer() as HttpServer;
    server.prependOnceListener('upgrade', ({ socket }) => {
      Object.defineProperty(socket, 'remoteAddress', { value: undefined });
    });
    const gone = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    await once(gone, 'close');
    expect((await silent()).readyState).toBe(WebSocket.OPEN);
  });

  it('are closed after the login timeout, also after a wrong login', async () => {
    const began = Date.now();
    const forged = open('x.y.z');
    const closed = new Promise((resolve) => forged.io.once('close', resolve));
    const quiet = await silent();
    await Promise.all([once(quiet, 'close'), closed]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(config.websocket.loginTimeout);
  });

  it('may try a few logins, and an accepted one counts once', async () => {
    const { token } = await user('ada');
    const guesser = await silent();
    for (let guess = 0; guess < 10; guess += 1) guesser.send(`40${JSON.stringify({ token: `x.y.${guess}` })}`);
    const began = Date.now();
    await once(guesser, 'close');
    expect(Date.now() - began).toBeLessThan(config.websocket.loginTimeout);

    const live = app.get(LiveGateway);
    const before = live.statistics().connections;
    const greedy = await silent();
    const answers: string[] = [];
    greedy.addEventListener('message', ({ data }) => answers.push(String(data).slice(0, 2)));
    for (let login = 0; login < 3; login += 1) greedy.send(`40${JSON.stringify({ token })}`);
    while (answers.length < 3) await once(greedy, 'message');
    expect(answers.toSorted()).toEqual(['40', '44', '44']);
    expect(live.statistics().connections).toBeLessThanOrEqual(before + 1);
    greedy.close();
  });

  it('include those of users that left the socket', async () => {
    const { token } = await user('ada');
    const raw = await silent();
    const heard: string[] = [];
    raw.addEventListener('message', ({ data }) => heard.push(String(data)));
    raw.send(`40${JSON.stringify({ token })}`);
    await once(raw, 'message');
    expect(heard).toEqual([expect.stringMatching(/^40/)]);
    raw.send('41');
    await once(raw, 'close');
  });
});

describe('a client', () => {
  it('that reads loses nothing, however many clusters emit at once', async () => {
    const eva = await user('eva');
    await database.dataSource.query(
      `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status)
        SELECT $1, 'one of many ' || number, 1, 5, '{}', '{}', 'active' FROM generate_series(1, 500) AS number`,
      [eva.id],
    );
    const rows = await database.dataSource.query<{ id: string }[]>('SELECT id FROM clusters WHERE owner_id = $1', [
      eva.id,
    ]);
    const socket = await connected(eva.token);
    const heard: string[] = [];
    socket.on('metrics', (event: { cluster_id: string }) => heard.push(event.cluster_id));
    await socket.emitWithAck('subscribe_all', {});
    const before = app.get(LiveGateway).statistics();
    const wakes = 4;
    const last = next(socket);
    for (let wake = 0; wake < wakes; wake += 1) {
      for (const { id } of rows) {
        const about = { cluster_id: id, timestamp: new Date().toISOString() };
        app.get(LiveBus).emit('metrics', { type: 'metrics', ...about, data: { ...METRICS, servers: [] } });
        app.get(LiveBus).emit('forecast', { type: 'forecast', ...about, data: FORECAST });
      }
    }
    alert(rows[0]?.id ?? '', 'that was all');
    await last;
    expect(heard).toHaveLength(wakes * rows.length);
    const { dropped, slow } = app.get(LiveGateway).statistics();
    expect({ dropped, slow }).toEqual({ dropped: before.dropped, slow: before.slow });
  });

  it('that sends too large a message is disconnected', async () => {
    const { token } = await user('ada');
    const socket = await connected(token);
    const gone = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.emit('subscribe', { cluster_id: 'x'.repeat(4096) });
    await gone;
    expect(socket.connected).toBe(false);
  });

  it('that does not read is disconnected before it uses much memory', async () => {
    const ada = await user('ada');
    const id = await cluster(ada.id, 'busy');
    const { port } = new URL(url);
    const raw = connect(Number(port), '127.0.0.1');
    await once(raw, 'connect');
    raw.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    const seen: string[] = [];
    raw.on('data', (chunk: Buffer) => seen.push(chunk.toString('latin1')));
    const until = async (text: string): Promise<void> => {
      while (!seen.join('').includes(text)) await once(raw, 'data');
    };
    await until('pingInterval');
    raw.write(frame(`40${JSON.stringify({ token: ada.token })}`));
    await until('40{');
    raw.write(frame(`420${JSON.stringify(['subscribe', { cluster_id: id }])}`));
    await until('430');
    raw.pause();
    const live = app.get(LiveGateway);
    const before = live.statistics().slow;
    const message = 'x'.repeat(20_000);
    for (let round = 0; round < 5000 && live.statistics().slow === before; round += 1) {
      alert(id, message);
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(live.statistics().slow).toBe(before + 1);
    raw.destroy();
  });
});

/** A masked text frame, as a client must send it; the mask is zero. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

describe('a request to upgrade to another protocol', () => {
  it.each([
    [
      'HTTP/2, as curl --http2 does',
      'GET',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
      '',
    ],
    [
      "HTTP/2 with a body, as Java's client does",
      'POST',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n',
      '{}',
    ],
    ['a WebSocket elsewhere', 'GET', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', ''],
  ])('(%s) is answered over HTTP/1.1', async (_name, method, headers, body) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${method} /auth/me HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 (401|404|405) /);
    socket.destroy();
  });
});
