import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { freePorts, Program } from './support/programs.js';
import { AUTHORITY, startTlsDatabase, type TlsDatabase } from './support/tls-database.js';

const MAIN = join('dist', 'apps', 'autoscaler', 'src', 'main.js');
const CONFIG = ['-config', 'configs/config.prod.yaml'];
const PAGE = 'https://yourdomain.com';
/** As in the guide. */
const ADMIN = { username: 'admin', password: 'SecurePassword123!' };

let folder: string;
let database: TlsDatabase;
let env: Record<string, string>;
let autoscaler: Program;
let api: string;
let prometheus: string;

// The steps of the guide's "Manual Binary Deployment" and "Initial Setup", in order.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'production-'));
  database = await startTlsDatabase();
  const [apiPort, prometheusPort] = (await freePorts(2)) as [number, number];
  api = `http://127.0.0.1:${apiPort}`;
  prometheus = `http://127.0.0.1:${prometheusPort}`;
  env = {
    JWT_SECRET: 'Wq3kD0vJm2hT8sXbL5nYc7uRfZa9EgPi',
    DB_HOST: 'localhost',
    DB_PORT: String(database.port),
    DB_USER: database.user,
    DB_NAME: database.name,
    DB_PASSWORD: 'hN4vQ8xk2LwTz6Rb',
    DB_SSL_MODE: 'verify-full',
    DB_SSL_CA_FILE: AUTHORITY,
    ALLOWED_ORIGIN: PAGE,
    API_PORT: String(apiPort),
    AUTOSCALER_PROMETHEUS_PORT: String(prometheusPort),
    AUTOSCALER_APP_LOG_FILE: join(folder, 'logs', 'autoscaler.log'),
    // The database of this test serves one connection at a time.
    AUTOSCALER_DATABASE_MAX_CONNECTIONS: '1',
  };
  autoscaler = new Program('autoscaler', CONFIG, env, `${api}/health/ready`);
});
afterAll(async () => {
  await autoscaler?.stop();
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a deployment as in the guide', () => {
  it('migrates first, and then serves', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...CONFIG, '-migrate'], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    expect(stdout).toContain('migrated: InitialSchema');
    await autoscaler.start();
    for (const path of ['/health', '/health/ready', '/health/live']) {
      expect((await call(api, 'GET', path)).status).toBe(200);
    }
    expect(database.encrypted.total).toBeGreaterThanOrEqual(2);
  });

  it('registers the first user as an admin, and none afterwards', async () => {
    const registered = await call<{ token: string }>(api, 'POST', '/auth/register', ADMIN);
    expect(registered.status).toBe(201);
    const cookie = registered.headers.get('set-cookie') ?? '';
    for (const part of ['auth_token=', 'Secure', 'HttpOnly', 'SameSite=Lax']) expect(cookie).toContain(part);
    const { body: me } = await call(api, 'GET', '/auth/me', undefined, registered.body.token);
    expect(me).toMatchObject({ username: 'admin', role: 'admin' });
    const other = await call(api, 'POST', '/auth/register', { ...ADMIN, username: 'other' });
    expect(other).toMatchObject({ status: 403, body: { code: 'registration_closed' } });
    const login = await call<{ token: string }>(api, 'POST', '/auth/login', ADMIN);
    expect((await call(api, 'GET', '/clusters', undefined, login.body.token)).status).toBe(200);
  });

  it('allows the listed origins, and no other', async () => {
    const from = async (origin: string) => fetch(`${api}/health`, { headers: { origin } });
    expect((await from(PAGE)).headers.get('access-control-allow-origin')).toBe(PAGE);
    const refused = await from('https://evil.example');
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      status: 403,
      body: { error: 'CORS policy blocked' },
    });
  });

  it('allows five logins a minute', async () => {
    const wrong = { ...ADMIN, password: 'Wrong-Password-1' };
    const answers = [];
    for (let attempt = 0; attempt < 5; attempt += 1) answers.push(await call(api, 'POST', '/auth/login', wrong));
    const last = answers.at(-1);
    expect(last).toMatchObject({ status: 429, body: { error: 'too many authentication attempts' } });
    expect(Number(last?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('exports Prometheus metrics', async () => {
    const { body } = await call<{ text: string }>(prometheus, 'GET', '/metrics');
    expect(body.text).toMatch(/^autoscaler_http_request_duration_seconds_count\{.*route="\/auth\/login"/m);
    expect(body.text).toMatch(/^autoscaler_database_connections\{state="used"\} [01]$/m);
  });

  it('logs JSON to standard output and to the file', async () => {
    await fetch(`${api}/auth/me`, { headers: { 'x-request-id': 'the-last-request' } });
    const printed = await eventually('the last line is printed', () =>
      autoscaler.output.includes('the-last-request') ? autoscaler.output : undefined,
    );
    const written = await readFile(join(folder, 'logs', 'autoscaler.log'), 'utf8');
    for (const lines of [printed, written]) {
      const traces = lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { trace_id?: string }).trace_id);
      expect(traces).toContain('the-last-request');
    }
  });

  it('stops on request, without an error', async () => {
    expect(await autoscaler.stop()).toBe(0);
  });
});
