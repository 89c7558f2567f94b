import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { EmbeddedDatabase } from '#database/testing';
import { phaseOf } from '../../libs/scaler/src/loop/schedule.js';
import { LIVE_ATTACHMENTS } from '../../migrations/1795490400000-instances-share.js';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts, Program, startSimulator } from '../support/programs.js';
import { makeCertificates } from './support/certificates.js';
import { ask } from './support/https.js';
import { Nginx } from './support/nginx.js';
import { DATABASE, PgBouncer } from './support/pgbouncer.js';
import { PASSWORD as DB_PASSWORD, PostgresServer } from './support/postgres.js';

const INTERVAL_MS = 5000;
const CLUSTERS = 12;

const endings: (() => Promise<unknown> | void)[] = [];
let ca: string;
let https: number;
let pooler: PgBouncer;
let instances: { readonly program: Program; readonly url: string }[];
let admin: ApiClient;
let nginx: Nginx;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-upgrade-'));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  const database = await EmbeddedDatabase.start({ dataDir: 'memory' });
  endings.push(async () => database.stop());
  pooler = await PgBouncer.start(database);
  endings.push(async () => pooler.stop());
  // Notifications do not pass the pooler, so a server with session pooling carries them.
  const notifications = await PostgresServer.start();
  endings.push(async () => notifications.stop());
  await notifications.administer('postgres', `CREATE DATABASE ${DATABASE}`);
  await notifications.administer(DATABASE, LIVE_ATTACHMENTS);
  const simulator = await startSimulator({ speed: 1 });
  endings.push(async () => simulator.program.stop());
  instances = [];
  for (let index = 0; index < 2; index += 1) {
    const [api, prometheus] = (await freePorts(2)) as [number, number];
    const url = `http://127.0.0.1:${api}`;
    const program = new Program(
      'autoscaler',
      ['serve', '-config', 'config/config.test.yaml'],
      {
        AUTOSCALER_API_PORT: String(api),
        AUTOSCALER_API_TRUSTED_PROXIES: '127.0.0.1',
        AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
        AUTOSCALER_COLLECTOR_SIMULATOR_URL: simulator.url,
        AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms`,
        AUTOSCALER_COLLECTOR_TIMEOUT: '2s',
        AUTOSCALER_SCALER_INSTANCES: 'shared',
        AUTOSCALER_WEBSOCKET_ADAPTER: 'postgres',
        AUTOSCALER_DATABASE_HOST: '127.0.0.1',
        AUTOSCALER_DATABASE_PORT: String(pooler.port),
        AUTOSCALER_DATABASE_USER: 'postgres',
        AUTOSCALER_DATABASE_PASSWORD: DB_PASSWORD,
        AUTOSCALER_DATABASE_NAME: DATABASE,
        AUTOSCALER_DATABASE_MAX_CONNECTIONS: '5',
        AUTOSCALER_DATABASE_DIRECT_HOST: '127.0.0.1',
        AUTOSCALER_DATABASE_DIRECT_PORT: String(notifications.port),
      },
      `${url}/health/ready`,
    );
    endings.push(async () => program.stop());
    instances.push({ program, url });
    await program.start();
  }
  admin = await ApiClient.register(instances[0]?.url ?? '', 'root_admin');
  ca = readFileSync(makeCertificates(folder).ca, 'utf8');
  const run = join(folder, 'nginx');
  mkdirSync(run);
  const [http, secure] = (await freePorts(2)) as [number, number];
  https = secure;
  nginx = await Nginx.start(run, {
    DOMAIN: 'localhost',
    UPSTREAM: instances.map(({ url }) => new URL(url).host).join(' max_fails=0; server '),
    HTTP_PORT: String(http),
    HTTPS_PORT: String(https),
    CERTIFICATES: folder,
  });
  endings.push(async () => nginx.stop());
}, 300_000);
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

/** Recent errors of the instances and the proxy; refused connections of a stopped instance are expected. */
function complaints(): string {
  const lines = instances.flatMap(({ program }) =>
    program.output.split('\n').filter((line) => /ERROR|WARN/.test(line)),
  );
  const proxy = nginx.complaints.split('\n').filter((line) => !line.includes('Connection refused'));
  return [...lines.slice(-20), ...proxy.slice(-20)].join('\n');
}

interface Load {
  readonly answers: number[];
  readonly failures: string[];
  stop(): Promise<void>;
}

function load(clusterId: string): Load {
  const answers: number[] = [];
  const failures: string[] = [];
  const ending = new AbortController();
  const headers = { authorization: `Bearer ${admin.token}` };
  // Each client has its own address and keeps its connection, like a browser.
  const client = async (from: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const change = turn % 3 === 0;
      const path = change ? `/clusters/${clusterId}/scale` : turn % 3 === 1 ? '/clusters' : '/events/recent';
      const body = change ? { desired_servers: 3, hold_for: '1m' } : undefined;
      try {
        const options = { from, agent, headers, body };
        const { status, body: answer } = await ask({ port: https, ca }, change ? 'POST' : 'GET', path, options);
        answers.push(status);
        if (status >= 400) failures.push(`${path}: ${status} ${JSON.stringify(answer)}`);
      } catch (error) {
        failures.push(`${path}: ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    agent.destroy();
  };
  const clients = Array.from({ length: 6 }, async (_, index) => client(`127.0.0.${index + 11}`));
  return {
    answers,
    failures,
    async stop() {
      ending.abort();
      await Promise.all(clients);
    },
  };
}

/** Times of decisions by cluster within a period, in milliseconds since the epoch; clusters without any are missing. */
async function decisions(since: number, until = Date.now()): Promise<Map<string, number[]>> {
  const rows = await pooler.query<{ id: string; times: number[] }>(
    `SELECT cluster_id AS id, array_agg((extract(epoch FROM at) * 1000)::float8 ORDER BY at) AS times
       FROM decisions WHERE at BETWEEN $1 AND $2 GROUP BY cluster_id`,
    [new Date(since), new Date(until)],
  );
  return new Map(rows.map(({ id, times }) => [id, times]));
}

/** The slots of a cluster's grid within a period, and those without a decision; a late decision counts for its slot. */
function slots(id: string, times: readonly number[], since: number, until: number): { all: number; leftOut: string[] } {
  const phase = phaseOf(id, { intervalMs: INTERVAL_MS });
  const slotOf = (at: number): number => Math.floor((at - phase) / INTERVAL_MS);
  const decided = new Set(times.map(slotOf));
  const [from, to] = [slotOf(since) + 1, slotOf(until)];
  const leftOut: string[] = [];
  for (let slot = from; slot < to; slot += 1)
    if (!decided.has(slot)) leftOut.push(`${id} at ${new Date(phase + slot * INTERVAL_MS).toISOString()}`);
  return { all: to - from, leftOut };
}

describe('two instances that are replaced one after the other under load', () => {
  it('lose no request and no tick, and their sockets reconnect and catch up', async () => {
    const ids: string[] = [];
    for (let index = 0; index < CLUSTERS; index += 1) {
      const { body } = await admin.post<{ id: string }>('/clusters', {
        name: `cluster-${index}`,
        min_servers: 2,
        max_servers: 6,
      });
      ids.push(body.id);
    }
    const [first = ''] = ids;
    const isTicked = async (since: number, times: number): Promise<boolean> => {
      const ticked = [...(await decisions(since)).values()].filter((decided) => decided.length >= times);
      return ticked.length === CLUSTERS;
    };
    const begun = Date.now();
    await eventually('every cluster is ticked', async () => isTicked(begun, 3));
    const heard = new Set<string>();
    const missed: unknown[] = [];
    let connections = 0;
    let last: string | undefined;
    const socket: Socket = io(`https://localhost:${https}`, {
      ca,
      transports: ['websocket'],
      auth: { token: admin.token },
    });
    endings.push(() => void socket.disconnect());
    socket.on('decision', ({ id, cluster_id: cluster }: { id: string; cluster_id: string }) => {
      last = id;
      heard.add(cluster);
    });
    socket.on('connect', () => {
      connections += 1;
      const back = last === undefined ? {} : { last_event_id: last };
      socket.emit('subscribe_all', back, (answer: { missed?: boolean }) => missed.push(answer.missed));
    });
    await eventually('events of every cluster reach one socket', () => heard.size === CLUSTERS);
    const since = Date.now();
    const clients = load(first);
    for (const { program } of instances) {
      const before = clients.answers.length;
      expect(await program.stop('SIGTERM')).toBe(0);
      await program.start();
      heard.clear();
      await eventually('events of every cluster reach the socket again', () => heard.size === CLUSTERS);
      await eventually('clients continue', () => clients.answers.length > before + 100);
    }
    await clients.stop();
    expect({ failures: clients.failures, log: clients.failures.length === 0 ? '' : complaints() }).toEqual({
      failures: [],
      log: '',
    });
    expect(connections).toBeGreaterThan(1);
    expect(missed).not.toContain(true);
    const replaced = Date.now();
    await eventually('every cluster is ticked by those that have replaced the others', async () =>
      isTicked(replaced, 2),
    );
    const until = Date.now();
    const decided = await decisions(since, until);
    const found = ids.map((id) => slots(id, decided.get(id) ?? [], since, until));
    const leftOut = found.flatMap((of) => of.leftOut);
    expect({ leftOut, log: leftOut.length === 0 ? '' : complaints() }).toEqual({ leftOut: [], log: '' });
    // With fewer than two slots, a skipped one would not be noticed.
    expect(Math.min(...found.map(({ all }) => all))).toBeGreaterThanOrEqual(2);
  }, 400_000);
});
