import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { EmbeddedDatabase } from '#database/testing';
import { Neighbour } from '../../test/ops/support/neighbour.js';
import { DATABASE, PgBouncer } from '../../test/ops/support/pgbouncer.js';
import { type Connection, DatabaseOnServer } from '../database-on-server.js';
import { freePort, parentOf } from '../loop/process.js';

/** Where an engine keeps its jobs, empty at first. */
export interface Store {
  readonly connection: Connection;
  /** The processes that it consists of, those on this machine. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

export type StoreName = 'redis' | 'embedded' | 'server';

/** Redis with every change written to its log once a second, as BullMQ advises for production. */
export async function redisStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const port = await freePort();
  const settings = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const server = await Neighbour.start(
    'redis-server',
    ['--port', String(port), ...settings, '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
    { isUp: 'Ready to accept connections' },
  );
  return {
    connection: { host: '127.0.0.1', port, user: '', password: '', database: '' },
    pids: () => [server.pid],
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The embedded database on disk, in a process of its own, and PgBouncer before it: it serves one connection, and there are several workers. */
export async function embeddedStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-embedded-'));
  const child = fork(fileURLToPath(new URL('embedded-store.js', import.meta.url)), [join(folder, 'database')]);
  const [connection] = (await once(child, 'message')) as [EmbeddedDatabase['connection']];
  const pooler = await PgBouncer.start({ connection });
  return {
    connection: { host: '127.0.0.1', port: pooler.port, user: 'autoscaler', password: '', database: DATABASE },
    pids: () => [child.pid ?? 0, pooler.pid],
    async stop() {
      await pooler.stop();
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A database of its own on a server, as that is set. */
export async function serverStore(url: URL): Promise<Store> {
  const database = await DatabaseOnServer.create(url);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = postmasterOf(rows[0]?.pid ?? 0);
  await client.end();
  return {
    connection: database.connection,
    pids: () => (postmaster === undefined ? [] : [postmaster, ...childrenOf(postmaster)]),
    // Those who were killed may still be connected for a moment.
    stop: async () => delay(500).then(async () => database.drop()),
  };
}

/** @returns undefined where the server runs on another machine */
function postmasterOf(backend: number): number | undefined {
  const file = `/proc/${backend}/comm`;
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('postgres') ? parentOf(backend) : undefined;
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => existsSync(`/proc/${pid}/stat`) && parentOf(pid) === parent);
}
