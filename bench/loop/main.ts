/**
 * `npm run bench:loop`: cost of a tick of a cluster with 10 servers at 10 s intervals with everything enabled (all
 * policies, forecasts, a client subscribed to all clusters, Prometheus) and the simulator in a separate process; on the
 * embedded database and, with `DATABASE_URL`, on that server. `BENCH_CLUSTERS=100,400` measures other sizes, and stores
 * nothing.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { busyCluster, createClusters } from '../clusters.js';
import { DatabaseOnServer } from '../database-on-server.js';
import { freePort, MeasuredProcess } from './process.js';
import { quantileBetween, Scrape } from './scrape.js';

const ASKED_SIZES = process.env['BENCH_CLUSTERS'];
const SIZES = (ASKED_SIZES ?? '100,1000,4000').split(',').map(Number);
const SERVER = process.env['DATABASE_URL'] ?? '';
const INTERVAL_MS = 10_000;
const WARM_UP_INTERVALS = 2;
const MEASURED_INTERVALS = 4;

interface Row {
  readonly database: 'embedded' | 'server';
  readonly clusters: number;
  /** Share of the time in which the loop was busy. */
  readonly interval_share: number;
  readonly cpu_ms_per_cluster_tick: number;
  readonly p99_lateness_ms: number;
  readonly rss_mb: number;
  /** Completed ticks as a share of the due ones. */
  readonly completed_share: number;
}

async function measure(database: Row['database'], clusters: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-loop-'));
  // A new database for each size: clusters of another size would be ticked, too.
  const server = database === 'server' ? await DatabaseOnServer.create(new URL(SERVER)) : undefined;
  const [api, prometheus, simulated] = [await freePort(), await freePort(), await freePort()];
  const urls = {
    api: `http://127.0.0.1:${api}`,
    prometheus: `http://127.0.0.1:${prometheus}`,
    simulator: `http://127.0.0.1:${simulated}`,
  };
  const simulator = await MeasuredProcess.start(
    'simulator',
    ['--port', String(simulated)],
    {},
    `${urls.simulator}/health`,
  );
  let autoscaler: MeasuredProcess | undefined;
  let watcher: Socket | undefined;
  try {
    autoscaler = await MeasuredProcess.start(
      'autoscaler',
      ['serve'],
      {
        ...environment(api, prometheus, urls.simulator),
        ...(server?.environment() ?? { AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database') }),
      },
      `${urls.api}/health/live`,
    );
    const { token } = await createClusters(urls.api, clusters, busyCluster);
    watcher = await watchAll(urls.api, token);
    await delay(WARM_UP_INTERVALS * INTERVAL_MS);
    const before = { scrape: await Scrape.of(urls.prometheus), cpu: autoscaler.cpuMs(), at: performance.now() };
    await delay(MEASURED_INTERVALS * INTERVAL_MS);
    const after = { scrape: await Scrape.of(urls.prometheus), cpu: autoscaler.cpuMs(), at: performance.now() };
    const difference = (name: string, labels = ''): number =>
      after.scrape.sum(name, labels) - before.scrape.sum(name, labels);
    const elapsed = after.at - before.at;
    const ticks = difference('autoscaler_loop_ticks_total', 'result="completed"');
    return {
      database,
      clusters,
      interval_share: round((difference('autoscaler_loop_stage_duration_seconds_sum') * 1000) / elapsed, 3),
      cpu_ms_per_cluster_tick: round((after.cpu - before.cpu) / ticks, 3),
      p99_lateness_ms: quantileBetween(before.scrape, after.scrape, 'autoscaler_loop_lag_seconds', 0.99) * 1000,
      rss_mb: autoscaler.rssMb(),
      completed_share: round(ticks / ((clusters * elapsed) / INTERVAL_MS), 3),
    };
  } finally {
    watcher?.disconnect();
    await autoscaler?.stop();
    await simulator.stop();
    await server?.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

function environment(api: number, prometheus: number, simulator: string): Record<string, string> {
  return {
    AUTOSCALER_APP_LOG_LEVEL: 'warn',
    AUTOSCALER_API_PORT: String(api),
    AUTOSCALER_API_RATE_LIMIT: '1000000',
    AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
    AUTOSCALER_COLLECTOR_SIMULATOR_URL: simulator,
    AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms`,
    AUTOSCALER_SCALER_WAKE_INTERVAL: '1s',
  };
}

/** A client subscribed to everything, like an open page. */
async function watchAll(api: string, token: string): Promise<Socket> {
  const socket = io(api, { auth: { token }, transports: ['websocket'] });
  await socket.emitWithAck('subscribe_all');
  return socket;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Growth of cost with the number of clusters: slope of log cost over log clusters; 1 is proportional. */
function exponentOf(rows: readonly Row[]): number {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  const cost = (row: Row): number => row.cpu_ms_per_cluster_tick * row.clusters;
  return round(Math.log(cost(last) / cost(first)) / Math.log(last.clusters / first.clusters), 3);
}

const databases: Row['database'][] = SERVER === '' ? ['embedded'] : ['embedded', 'server'];
const rows: Row[] = [];
for (const database of databases) {
  for (const clusters of SIZES) {
    rows.push(await measure(database, clusters));
    console.table(rows);
  }
}
const exponent = Object.fromEntries(
  databases.map((database) => [database, exponentOf(rows.filter((row) => row.database === database))]),
);
console.log('exponent of growth of CPU with clusters:', exponent);
if (ASKED_SIZES === undefined) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model.trim(), node: process.version };
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/loop.json', `${JSON.stringify({ machine, rows, exponent }, null, 2)}\n`);
}
