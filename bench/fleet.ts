/** Several instances of the service on one embedded database, as the tests of operations and `bench:failover` run them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedDatabase } from '#database/testing';
import { freePort, MeasuredProcess } from './loop/process.js';

const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];
const UP_WITHIN_MS = 60_000;
const POLL_MS = 100;

/** An asking that reached the provider: what it was, and what was answered. */
export interface Asking {
  readonly at: number;
  readonly cluster: string;
  readonly desired: number;
  readonly token: number;
  readonly status: number;
  /** What was desired before, as the provider tells. */
  readonly before: number | null;
}

export interface Instance {
  readonly process: MeasuredProcess;
  readonly url: string;
}

/** @throws Error that says what could not be waited for */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = UP_WITHIN_MS): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`);
    await delay(POLL_MS);
  }
}

/** PgBouncer in front of the embedded database, which serves one connection at a time. */
export class Pooler {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(database: EmbeddedDatabase): Promise<Pooler> {
    const program = PGBOUNCER.find((file) => existsSync(file));
    if (program === undefined) throw new Error('pgbouncer is not installed; run: apt-get install -y pgbouncer');
    const { host, port: inside, user, database: name } = database.connection;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'fleet-pooler-'));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      // It refuses to run as root, so whom it runs as must reach the socket.
      chmodSync(folder, 0o755);
      chmodSync(host, 0o755);
      for (const file of readdirSync(host)) chmodSync(join(host, file), 0o777);
    }
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(
      file,
      `[databases]
autoscaler = host=${host} port=${inside} user=${user} dbname=${name} pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 500
ignore_startup_parameters = statement_timeout, extra_float_digits
# Whoever sleeps within a transaction must not keep the others out.
idle_transaction_timeout = 10
server_login_retry = 1
server_idle_timeout = 0
server_lifetime = 0
log_connections = 0
log_disconnections = 0
`,
    );
    const child = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), file], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const pooler = new Pooler(port, child, folder);
    try {
      await until('pgbouncer answers', async () => (await pooler.query('SELECT 1')).length === 1);
    } catch (error) {
      await pooler.stop();
      throw error;
    }
    return pooler;
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'autoscaler', database: 'autoscaler' });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Stands between the instances and the simulator and writes down what is asked, so that nobody's word need be taken for it. */
export class Witness {
  readonly askings: Asking[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(simulator: string): Promise<Witness> {
    const port = await freePort();
    const desired = new Map<string, number>();
    let witness: Witness;
    const server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks).toString();
        const headers: Record<string, string> = { 'content-type': 'application/json' };
        const token = request.headers['x-fencing-token'];
        if (typeof token === 'string') headers['x-fencing-token'] = token;
        const answer = await fetch(`${simulator}${request.url ?? '/'}`, {
          method: request.method ?? 'GET',
          headers,
          ...(body === '' ? {} : { body }),
        });
        const text = await answer.text();
        if (request.method === 'PUT') {
          const cluster = decodeURIComponent(request.url?.split('/')[2] ?? '');
          const asked = (JSON.parse(body) as { desired_servers: number }).desired_servers;
          const before = desired.get(cluster) ?? null;
          witness.askings.push({
            at: Date.now(),
            cluster,
            desired: asked,
            token: Number(token ?? 0),
            status: answer.status,
            before,
          });
          if (answer.ok) desired.set(cluster, asked);
        }
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
      })().catch(() => response.destroy());
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    witness = new Witness(`http://127.0.0.1:${port}`, server);
    return witness;
  }

  /**
   * Scalings done twice: carried out under an older token than one before, or changing the count again within `withinMs` of what
   * another holder of the cluster had changed.
   */
  doubleActions(withinMs: number): Asking[] {
    const last = new Map<string, Asking>();
    return this.askings.filter((asking) => {
      if (asking.status >= 300) return false;
      const before = last.get(asking.cluster);
      const isChange = asking.before !== asking.desired;
      if (before === undefined || asking.token > before.token || isChange) last.set(asking.cluster, asking);
      if (before === undefined || before.token === asking.token) return false;
      return asking.token < before.token || (isChange && asking.at - before.at < withinMs);
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The database, its pooler, the simulator and a witness in front of it; instances are started one by one. */
export class Fleet {
  private readonly instances = new Set<Instance>();

  private constructor(
    private readonly database: EmbeddedDatabase,
    readonly pooler: Pooler,
    private readonly simulator: MeasuredProcess,
    readonly simulatorUrl: string,
    readonly witness: Witness,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>>, simulatorArgs: readonly string[]): Promise<Fleet> {
    const database = await EmbeddedDatabase.start({ dataDir: 'memory' });
    let pooler: Pooler | undefined;
    try {
      pooler = await Pooler.start(database);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const args = ['--port', String(port), ...simulatorArgs];
      const simulator = await MeasuredProcess.start('simulator', args, {}, `${url}/health`);
      return new Fleet(database, pooler, simulator, url, await Witness.start(url), env);
    } catch (error) {
      await pooler?.stop();
      await database.stop();
      throw error;
    }
  }

  async startInstance(): Promise<Instance> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      AUTOSCALER_APP_LOG_LEVEL: 'warn',
      AUTOSCALER_API_PORT: String(port),
      AUTOSCALER_API_RATE_LIMIT: '1000000',
      AUTOSCALER_API_AUTH_RATE_LIMIT: '1000000',
      AUTOSCALER_API_JWT_SECRET: 'one-secret-for-all-instances-0123456789',
      AUTOSCALER_PROMETHEUS_ENABLED: 'false',
      AUTOSCALER_COLLECTOR_SIMULATOR_URL: this.witness.url,
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: String(this.pooler.port),
      AUTOSCALER_DATABASE_MAX_CONNECTIONS: '4',
      AUTOSCALER_SCALER_INSTANCES: 'shared',
      ...this.env,
    };
    const process = await MeasuredProcess.start('autoscaler', ['serve'], env, `${url}/health/live`);
    const instance = { process, url };
    this.instances.add(instance);
    return instance;
  }

  /** kill -9. */
  async kill(instance: Instance): Promise<void> {
    this.instances.delete(instance);
    await instance.process.stop('SIGKILL');
  }

  /** How many shares each process holds, by its id. */
  async holders(): Promise<Map<number, number[]>> {
    const rows = await this.pooler.query<{ share: number; holder: string | null }>('SELECT share, holder FROM shares');
    const holders = new Map<number, number[]>();
    for (const { share, holder } of rows) {
      const pid = Number(/-(\d+)-[0-9a-f]+$/.exec(holder ?? '')?.[1]);
      holders.set(pid, [...(holders.get(pid) ?? []), share]);
    }
    return holders;
  }

  /** Waits until all shares are held, by all the instances that run and none by more than `most`. */
  async balanced(most: number): Promise<void> {
    await until('the shares are balanced', async () => {
      const holders = await this.holders();
      const mine = [...this.instances].map(({ process }) => holders.get(process.pid)?.length ?? 0);
      const held = mine.reduce((sum, count) => sum + count, 0);
      return held === 64 && mine.every((count) => count > 0 && count <= most);
    });
  }

  async stop(): Promise<void> {
    for (const { process } of this.instances) {
      process.signal('SIGCONT');
      await process.stop('SIGKILL');
    }
    await this.witness.stop();
    await this.simulator.stop();
    await this.pooler.stop();
    await this.database.stop();
  }
}

/** Registers somebody and makes clusters that are scaled again and again; @returns their ids and a token */
export async function createClusters(
  fleet: Fleet,
  { url }: Instance,
  count: number,
  definition: object,
): Promise<{ readonly ids: readonly string[]; readonly token: string }> {
  const person = { username: 'fleet', password: 'Correct-Horse-9' };
  const { token } = await post<{ token: string }>(`${url}/auth/register`, person);
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { id } = await post<{ id: string }>(`${url}/clusters`, { name: `fleet-${number}`, ...definition }, token);
    ids.push(id);
  }
  for (const id of ids) {
    await until(`the simulator knows ${id}`, async () => (await fetch(`${fleet.simulatorUrl}/clusters/${id}`)).ok);
    const pattern = { cluster_id: id, pattern: 'sine_wave', amplitude: 0.6, period: '2m' };
    await post(`${fleet.simulatorUrl}/pattern`, pattern);
  }
  return { ids, token };
}

export async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
