import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { io } from 'socket.io-client';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

const MAIN = join('dist', 'apps', 'autoscaler', 'src', 'main.js');

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let system: System;
let root: ApiClient;

beforeAll(async () => {
  system = await startSystem();
  root = await ApiClient.register(system.urls.api, 'root');
});
afterAll(async () => system?.stop());

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const failure = error as { code: number; stdout: string; stderr: string };
    return { code: failure.code, out: failure.stdout, err: failure.stderr };
  }
}

/** A valid body, so that only the caller can be at fault. */
const BODIES: Readonly<Record<string, object>> = {
  'PUT /clusters/{id}': {},
  'POST /clusters/{id}/scale': { desired_servers: 2 },
  'POST /clusters/{id}/backtests': {},
  'PUT /clusters/{id}/candidate': { policy: { slo: {} } },
  'POST /clusters/{id}/candidate/adopt': {},
  'POST /clusters/{id}/undo': {},
  'POST /clusters/{id}/take-over': {},
  'POST /clusters/{id}/hand-back': {},
  'POST /clusters/{id}/simulation/spike': { cpu_target: 80, duration: '1m' },
  'POST /clusters/{id}/simulation/pattern': { pattern: 'steady' },
  'POST /clusters/{id}/simulation/kill-servers': { count: 1 },
};

function bodyOf(method: string, path: string): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const body = BODIES[`${method} ${path}`];
  if (body === undefined) throw new Error(`say in BODIES what ${method} ${path} takes`);
  return body;
}

describe('the API document', () => {
  it('is served, and matches the checked-in one', async () => {
    const { body } = await call<Document>(system.urls.api, 'GET', '/swagger/doc.json');
    expect(body).toEqual(JSON.parse(await readFile('docs/openapi.json', 'utf8')));
    const page = await fetch(`${system.urls.api}/swagger/index.html`);
    const html = await page.text();
    expect(page.status).toBe(200);
    for (const [, asset] of html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)) {
      expect((await fetch(new URL(asset ?? '', `${system.urls.api}/swagger/`))).status).toBe(200);
    }
    // Nothing on the page may need what the policy forbids.
    expect(html).not.toMatch(/<script>[^<]/);
    expect(page.headers.get('content-security-policy')).toContain(`script-src 'self'`);
  });

  it('lists no route without authentication, except login, registration and health', async () => {
    const { paths } = (await call<Document>(system.urls.api, 'GET', '/swagger/doc.json')).body;
    const open: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      const filled = path.replaceAll(/\{\w+\}/g, randomUUID());
      for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
        for (const token of [undefined, 'no-token-of-ours']) {
          const { status } = await call(system.urls.api, method, filled, method === 'GET' ? undefined : {}, token);
          if (status !== 401) open.push(`${method} ${path}`);
        }
      }
    }
    expect([...new Set(open)].toSorted()).toEqual([
      'GET /auth/registration',
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'POST /auth/login',
      'POST /auth/register',
    ]);
  });

  it('lists no route of a cluster that is open to other users', async () => {
    const ada = await ApiClient.register(system.urls.api, 'ada');
    const bob = await ApiClient.register(system.urls.api, 'bob');
    const { body } = await ada.post<{ id: string }>('/clusters', { name: 'hers', min_servers: 1, max_servers: 3 });
    const decision = await eventually('the cluster was ticked', async () => {
      const { body: list } = await ada.get<{ decisions: { id: string }[] }>(`/clusters/${body.id}/decisions`);
      return list.decisions[0]?.id;
    });
    const trace = 'timestamp,value\n2026-01-05T00:00:00Z,1\n2026-01-05T00:10:00Z,2\n';
    const { body: backtest } = await ada.post<{ id: string }>(`/clusters/${body.id}/backtests`, { trace });
    const document = (await call<Document>(system.urls.api, 'GET', '/swagger/doc.json')).body;
    const routes = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/clusters/{id}'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })));
    expect(routes.length).toBeGreaterThan(10);
    for (const { method, path } of routes) {
      const filled = path
        .replace('{id}', body.id)
        .replace('{decision_id}', decision)
        .replace('{backtest_id}', backtest.id);
      const { status } = await call(system.urls.api, method, filled, bodyOf(method, path), bob.token);
      expect({ method, path, status }).toEqual({ method, path, status: 404 });
    }
    // Users with scope `all` read this cluster like its owner, and still cannot change it.
    await root.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    await root.post('/users', { username: 'otto', password: PASSWORD, role: 'operator', scope: 'all' });
    const [vera, otto] = [
      await ApiClient.login(system.urls.api, 'vera'),
      await ApiClient.login(system.urls.api, 'otto'),
    ];
    for (const { method, path } of routes) {
      const filled = path
        .replace('{id}', body.id)
        .replace('{decision_id}', decision)
        .replace('{backtest_id}', backtest.id);
      const as = async ({ token }: ApiClient): Promise<number> =>
        (await call(system.urls.api, method, filled, bodyOf(method, path), token)).status;
      const reading = method === 'GET' ? await as(ada) : null;
      expect({ method, path, vera: await as(vera), otto: await as(otto) }).toEqual({
        method,
        path,
        vera: reading ?? 403,
        otto: reading ?? 404,
      });
    }
    for (const reader of [vera, otto]) {
      for (const list of ['/clusters', '/clusters/overview', '/operations']) {
        const { clusters } = (await reader.get<{ clusters: { name: string }[] }>(list)).body;
        expect({ list, names: clusters.map(({ name }) => name) }).toEqual({ list, names: ['hers'] });
      }
      const live = io(system.urls.api, { auth: { token: reader.token }, transports: ['websocket'] });
      expect(await live.emitWithAck('subscribe', { cluster_id: body.id })).toMatchObject({ ok: true });
      live.disconnect();
    }
    expect((await bob.get<{ events: unknown[] }>('/events/recent')).body.events).toEqual([]);
    const socket = io(system.urls.api, { auth: { token: bob.token }, transports: ['websocket'] });
    expect(await socket.emitWithAck('subscribe', { cluster_id: body.id })).toMatchObject({ code: 'cluster_not_found' });
    socket.disconnect();
  });
});

describe('health', () => {
  it.each([
    ['/health', ['database', 'migrations', 'loop', 'draining']],
    ['/health/ready', ['database', 'migrations', 'loop', 'draining']],
    ['/health/live', []],
  ])('%s is public and lists its checks', async (path, checks) => {
    const { status, body } = await eventually('it is well', async () => {
      const answer = await call<{ status: string; checks: object }>(system.urls.api, 'GET', path);
      return answer.status === 200 ? answer : undefined;
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(Object.keys(body.checks)).toEqual(checks);
  });
});

describe('the command line', () => {
  it('prints the configuration, secrets masked, with its sources', async () => {
    const { out } = await run(['config'], {
      AUTOSCALER_API_JWT_SECRET: 'nobody-may-see-this',
      AUTOSCALER_API_PORT: '8181',
    });
    expect(out).toMatch(/port: 8181 # \$AUTOSCALER_API_PORT/);
    expect(out).not.toContain('nobody-may-see-this');
  });

  it('rejects an unsafe production configuration, all errors at once', async () => {
    const file = join(system.folder, 'unsafe.yaml');
    await writeFile(file, 'app: { mode: production }\napi: { jwt_secret: short }\n');
    const { code, err } = await run(['-config', file]);
    expect(code).toBe(1);
    expect(err).toContain('api.jwt_secret must be at least 32 characters in production');
    expect(err).toContain('database.ssl_mode');
    expect(err).toContain('api.cookie_secure');
  });

  it('migrates and reports it, as in the guide', async () => {
    const env = { AUTOSCALER_DATABASE_DATA_DIR: join(system.folder, 'migrated') };
    expect((await run(['-config', 'configs/config.test.yaml', '-migrate'], env)).out).toContain(
      'migrated: InitialSchema',
    );
    expect((await run(['migrate'], env)).out).toContain('the schema is up to date');
    expect((await run(['-config', resolve('configs/config.test.yaml'), '-migrate'], env)).out).toContain('up to date');
  });

  it('reports why the database cannot be reached', async () => {
    const { code, err } = await run(['migrate'], {
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: '1',
      AUTOSCALER_DATABASE_CONNECT_RETRIES: '0',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/Error: failed to ping database.*127\.0\.0\.1:1/);
  });
});

// Last, because it stops the system.
describe('a graceful stop', () => {
  it('ends with connected sockets, and a second start continues from the same data', async () => {
    const socket = io(system.urls.api, { auth: { token: root.token }, transports: ['websocket'] });
    await eventually('the socket is connected', () => socket.connected);
    expect(await system.autoscaler.stop('SIGTERM')).toBe(0);
    socket.disconnect();
    await system.autoscaler.start();
    root = await ApiClient.login(system.urls.api, 'root');
    const { body } = await root.get<{ clusters: { name: string }[] }>('/clusters');
    expect(body.clusters.map(({ name }) => name)).toContain('hers');
  });
});
