import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { call, PASSWORD as USER_PASSWORD } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/programs.js';
import { binary } from './support/binaries.js';
import { PASSWORD, PostgresServer } from './support/postgres.js';
import { ProgramFolder } from './support/program-folder.js';

// Debian has no package of it; where somebody has installed it, the whole is played through.
const share = execFileSync(binary('pg_config'), ['--sharedir'], { encoding: 'utf8' }).trim();
const withTimescale = existsSync(join(share, 'extension', 'timescaledb.control')) ? describe : describe.skip;

const AUTOSCALER = 'dist/apps/autoscaler/src/main.js';
const SIMULATOR = 'dist/apps/simulator/src/main.js';
const JWT = 'j'.repeat(48);

let image: ProgramFolder;
let folder: string;
const running: ChildProcess[] = [];
beforeAll(() => {
  image = ProgramFolder.make();
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
  image?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function run(
  args: readonly string[],
  env: Record<string, string> = {},
): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(image.node, args, {
    ...image.spawnOptions,
    env: { NODE_ENV: 'production', AUTOSCALER_APP_LOG_FILE: '', ...env },
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
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

/** The health check that the Dockerfile states for an image. */
function healthCheck(of: 'simulator' | 'autoscaler', port: number): number | null {
  const stage = new RegExp(`AS ${of}\\n[^]*?HEALTHCHECK [^]*?CMD (\\[.*\\])`).exec(readFileSync('Dockerfile', 'utf8'));
  const [, ...args] = JSON.parse(stage?.[1] ?? '[]') as string[];
  return run(args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`))).status;
}

describe('what is in the images', () => {
  it('can be written to by nobody, and has neither tools to build with nor the embedded database', () => {
    // Root, where these tests run as that, could write anywhere; the user of the images cannot.
    const write = run(['-e', `require('fs').writeFileSync('${AUTOSCALER}', '')`]);
    expect(write).toMatchObject({ status: 1, err: expect.stringContaining('EACCES') });
    for (const name of ['typescript', 'jest', '@nestjs/cli', '@electric-sql/pglite']) {
      expect(existsSync(join(image.path, 'node_modules', name))).toBe(false);
    }
  });

  it('refuses to start without its secrets, and says which', () => {
    const { status, err } = run([AUTOSCALER, '-config', 'config/config.prod.yaml']);
    expect(status).toBe(1);
    expect(err).toContain('api.jwt_secret needs the environment variable JWT_SECRET');
    expect(err).toContain('database.password needs the environment variable DB_PASSWORD');
  });

  it('says what to do about the embedded database, which is not in it', () => {
    const { status, err } = run([AUTOSCALER, 'migrate'], { AUTOSCALER_DATABASE_HOST: '' });
    expect(status).toBe(1);
    expect(err).toContain('set database.host to a TimescaleDB server');
  });

  it('runs the simulator, whose health check tells whether it is well', async () => {
    const [port] = (await freePorts(1)) as [number];
    expect(healthCheck('simulator', port)).toBe(1);
    await start([SIMULATOR, '-port', String(port)], `http://127.0.0.1:${port}/health`);
    expect(healthCheck('simulator', port)).toBe(0);
  });
});

withTimescale('from nothing to a service in production', () => {
  let server: PostgresServer;
  let ca: string;
  beforeAll(async () => {
    // As docs/deployment.md has it: certificates, then the database, whose first start runs the script with the roles.
    const certificates = join(folder, 'certificates');
    execFileSync('sh', ['deploy/certificates.sh', 'autoscaler.example.com'], {
      env: { PATH: process.env['PATH'] ?? '', CERTIFICATES: certificates },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    chmodSync(certificates, 0o755);
    ca = join(certificates, 'ca.pem');
    server = await PostgresServer.start({
      certificate: { cert: join(certificates, 'database.pem'), key: join(certificates, 'database.key') },
      settings: [`shared_preload_libraries = 'timescaledb'`, 'timescaledb.telemetry_level = off'],
    });
    await server.administer('postgres', 'CREATE DATABASE autoscaler');
    execFileSync('sh', ['deploy/postgres/init.sh'], {
      env: {
        PATH: `${dirname(binary('psql'))}:${process.env['PATH'] ?? ''}`,
        PGHOST: '127.0.0.1',
        PGPORT: String(server.port),
        PGPASSWORD: PASSWORD,
        DB_PASSWORD: 'password-of-the-service-0123',
        DB_OWNER_PASSWORD: 'password-of-the-owner-0123',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });
  afterAll(async () => server?.stop());

  function environment(password: string): Record<string, string> {
    // A secret as Kubernetes mounts it.
    const file = join(folder, 'db-password');
    writeFileSync(file, `${password}\n`, { mode: 0o644 });
    return {
      DB_HOST: 'localhost',
      DB_PORT: String(server.port),
      DB_SSL_MODE: 'verify-full',
      DB_SSL_CA_FILE: ca,
      DB_PASSWORD_FILE: file,
      JWT_SECRET: JWT,
    };
  }

  it('the owner migrates, and the service, which owns nothing, serves', async () => {
    const owner = { ...environment('password-of-the-owner-0123'), DB_USER: 'autoscaler_owner' };
    const migrated = run(
      [AUTOSCALER, '-config', '/app/configs/config.prod.yaml'.replace('/app', image.path), '-migrate'],
      owner,
    );
    expect(migrated).toMatchObject({ status: 0, err: '', out: expect.stringContaining('migrated: InitialSchema') });

    const [port, prometheus] = (await freePorts(2)) as [number, number];
    const service = await start(
      [AUTOSCALER, '-config', 'config/config.prod.yaml'],
      `http://127.0.0.1:${port}/health/ready`,
      {
        ...environment('password-of-the-service-0123'),
        API_HOST: '127.0.0.1',
        API_PORT: String(port),
        AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
      },
    );
    expect(healthCheck('autoscaler', port)).toBe(0);
    const url = `http://127.0.0.1:${port}`;
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
  });
});
