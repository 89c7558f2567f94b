import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { call, PASSWORD as USER_PASSWORD } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/programs.js';
import { AUTHORITY, startTlsDatabase, type TlsDatabase } from '../support/tls-database.js';
import { makeCertificates } from './support/certificates.js';
import { PostgresServer } from './support/postgres.js';
import { ProgramFolder } from './support/program-folder.js';
import { withTimescale } from './support/timescale.js';

const AUTOSCALER = 'dist/apps/autoscaler/src/main.js';
const SIMULATOR = 'dist/apps/simulator/src/main.js';
const JWT = randomBytes(36).toString('base64');
const PASSWORDS = { service: 'password-of-the-service-0123', owner: 'password-of-the-owner-0123' };

let image: ProgramFolder;
let folder: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  image = await ProgramFolder.make();
  folder = mkdtempSync(join(tmpdir(), 'ops-image-run-'));
  chmodSync(folder, 0o755);
});
afterAll(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  await image?.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const child = spawn(image.node, args, {
    ...image.spawnOptions,
    env: { NODE_ENV: 'production', AUTOSCALER_APP_LOG_FILE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[status], out, err] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { status, out, err };
}

async function start(args: readonly string[], health: string, env: Record<string, string> = {}): Promise<ChildProcess> {
  const child = spawn(image.node, args, {
    ...image.spawnOptions,
    env: { NODE_ENV: 'production', AUTOSCALER_APP_LOG_FILE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  await eventually(`${args[0]} is healthy`, async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${output.join('')}`);
    return (await fetch(health)).ok;
  });
  return child;
}

/** The health check of an image from the Dockerfile. */
async function healthCheck(of: 'simulator' | 'autoscaler', port: number): Promise<number | null> {
  const stage = new RegExp(`AS ${of}\\n[^]*?HEALTHCHECK [^]*?CMD (\\[.*\\])`).exec(readFileSync('Dockerfile', 'utf8'));
  const [, ...args] = JSON.parse(stage?.[1] ?? '[]') as string[];
  return (await run(args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`)))).status;
}

describe('the images', () => {
  it('are read-only, and contain neither build tools nor the embedded database', async () => {
    // Root, which may run these tests, can write anywhere; the user of the images cannot.
    const write = await run(['-e', `require('fs').writeFileSync('${AUTOSCALER}', '')`]);
    expect(write).toMatchObject({ status: 1, err: expect.stringContaining('EACCES') });
    for (const name of ['typescript', 'jest', '@nestjs/cli', '@electric-sql/pglite']) {
      expect(existsSync(join(image.path, 'node_modules', name))).toBe(false);
    }
  });

  it('refuse to start without their secrets, and name them', async () => {
    const { status, err } = await run([AUTOSCALER, '-config', 'config/config.prod.yaml']);
    expect(status).toBe(1);
    expect(err).toContain('api.jwt_secret needs the environment variable JWT_SECRET');
    expect(err).toContain('database.password needs the environment variable DB_PASSWORD');
  });

  it('explain what to do about the missing embedded database', async () => {
    const { status, err } = await run([AUTOSCALER, 'migrate'], { AUTOSCALER_DATABASE_HOST: '' });
    expect(status).toBe(1);
    expect(err).toContain('set database.host to a TimescaleDB server');
  });

  it('run the simulator, and its health check works', async () => {
    const [port] = (await freePorts(1)) as [number];
    expect(await healthCheck('simulator', port)).toBe(1);
    await start([SIMULATOR, '-port', String(port)], `http://127.0.0.1:${port}/health`);
    expect(await healthCheck('simulator', port)).toBe(0);
  });
});

/** Environment variables of a container with a database. */
function environment(password: string, port: number, ca: string): Record<string, string> {
  // A secret as mounted by Kubernetes.
  const file = join(folder, 'db-password');
  writeFileSync(file, `${password}\n`, { mode: 0o644 });
  return {
    DB_HOST: 'localhost',
    DB_PORT: String(port),
    DB_SSL_MODE: 'verify-full',
    DB_SSL_CA_FILE: ca,
    DB_PASSWORD_FILE: file,
    JWT_SECRET: JWT,
  };
}

/** Migrates with the command used by Compose and Kubernetes. */
async function migrate(owner: Record<string, string>): Promise<Result> {
  return run([AUTOSCALER, '-config', '/app/configs/config.prod.yaml'.replace('/app', image.path), '-migrate'], owner);
}

/** Starts the service with its image's command, ticks a cluster, and stops it. */
async function serveAndEnd(env: Record<string, string>): Promise<void> {
  const [port, prometheus] = (await freePorts(2)) as [number, number];
  const url = `http://127.0.0.1:${port}`;
  const service = await start([AUTOSCALER, '-config', 'config/config.prod.yaml'], `${url}/health/ready`, {
    ...env,
    API_HOST: '127.0.0.1',
    API_PORT: String(port),
    AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
  });
  expect(await healthCheck('autoscaler', port)).toBe(0);
  const admin = await call<{ token: string }>(url, 'POST', '/auth/register', {
    username: 'admin',
    password: USER_PASSWORD,
  });
  expect(admin.status).toBe(201);
  const made = await call<{ id: string }>(
    url,
    'POST',
    '/clusters',
    { name: 'web', min_servers: 1, max_servers: 5, config: { interval: '500ms' } },
    admin.body.token,
  );
  expect(made.status).toBe(201);
  await eventually('it is ticked', async () => {
    const path = `/clusters/${made.body.id}/decisions?limit=1`;
    return (await call<{ count: number }>(url, 'GET', path, undefined, admin.body.token)).body.count > 0;
  });
  const exit = once(service, 'exit');
  service.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
}

describe('from an empty database to a service in production', () => {
  let database: TlsDatabase;
  let ca: string;
  beforeAll(async () => {
    database = await startTlsDatabase();
    // Readable by the user of the images.
    ca = join(folder, 'authority.pem');
    copyFileSync(AUTHORITY, ca);
    chmodSync(ca, 0o644);
  });
  afterAll(async () => database?.close());

  it('migrates the schema, and serves', async () => {
    const env = {
      ...environment('any-will-do-0123', database.port, ca),
      DB_USER: database.user,
      DB_NAME: database.name,
      // It serves one connection at a time.
      AUTOSCALER_DATABASE_MAX_CONNECTIONS: '1',
    };
    expect(await migrate(env)).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('migrated: InitialSchema'),
    });
    await serveAndEnd(env);
  });
});

withTimescale('from nothing to a service in production, with the roles of the database', () => {
  let server: PostgresServer;
  let ca: string;
  beforeAll(async () => {
    // As in docs/deployment.md: certificates, then the database, whose first start runs the script with the roles.
    const certificates = makeCertificates(join(folder, 'certificates'), 'autoscaler.example.com');
    chmodSync(join(folder, 'certificates'), 0o755);
    ({ ca } = certificates);
    server = await PostgresServer.start({
      certificate: certificates.database,
      settings: [`shared_preload_libraries = 'timescaledb'`, 'timescaledb.telemetry_level = off'],
    });
    await server.initialize(PASSWORDS);
  });
  afterAll(async () => server?.stop());

  it('migrates as the owner, and serves as a role that owns nothing', async () => {
    const owner = { ...environment(PASSWORDS.owner, server.port, ca), DB_USER: 'autoscaler_owner' };
    expect(await migrate(owner)).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('migrated: InitialSchema'),
    });
    await serveAndEnd(environment(PASSWORDS.service, server.port, ca));
  });
});
