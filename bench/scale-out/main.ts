/**
 * `npm run bench:scale-out`: how much load an additional instance takes from the others. One, two and three instances
 * share 3,000 clusters at 10 s on the server in `DATABASE_URL`, or on the embedded database (behind PgBouncer). On a
 * server it also measures the cost of a client of one instance that is subscribed to all clusters.
 * `BENCH_CLUSTERS=1000` measures another number, and stores nothing.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { fairCount } from '#partitions';
import { busyCluster, createClusters } from '../clusters.js';
import { embeddedFleetDatabase, fleetDatabaseOnServer } from '../fleet/database.js';
import { Fleet, type Instance } from '../fleet/fleet.js';
import { Scrape } from '../loop/scrape.js';

const ASKED_SIZE = process.env['BENCH_CLUSTERS'];
const CLUSTERS = Number(ASKED_SIZE ?? '3000');
const SERVER = process.env['DATABASE_URL'] ?? '';
const INSTANCES = 3;
const INTERVAL_MS = 10_000;
const SETTLE_INTERVALS = 2;
const MEASURED_INTERVALS = 3;

interface Row {
  readonly instances: number;
  /** Whether a client of the first instance is subscribed to all clusters. */
  readonly client: boolean;
  /** CPU of each instance, as a share of one core. */
  readonly cpu: readonly number[];
  readonly cpu_sum: number;
  /** Share of the time in which the loop of each instance was busy. */
  readonly interval_share: readonly number[];
  /** Completed ticks as a share of the due ones. */
  readonly completed_share: number;
  /** Events per second that reached the client. */
  readonly heard_per_s: number;
}

interface Reading {
  readonly cpuMs: number;
  readonly scrape: Scrape;
}

async function read({ process, prometheusUrl }: Instance): Promise<Reading> {
  return { cpuMs: process.cpuMs(), scrape: await Scrape.of(prometheusUrl) };
}

async function measure(instances: readonly Instance[], client: Client | null): Promise<Row> {
  await delay(SETTLE_INTERVALS * INTERVAL_MS);
  const before = await Promise.all(instances.map(read));
  const heard = client?.heard ?? 0;
  const startedAt = performance.now();
  await delay(MEASURED_INTERVALS * INTERVAL_MS);
  const after = await Promise.all(instances.map(read));
  const elapsed = performance.now() - startedAt;
  const differences = (value: (reading: Reading) => number): number[] =>
    after.map((reading, index) => value(reading) - value(before[index] ?? reading));
  const cpu = differences(({ cpuMs }) => cpuMs).map((ms) => round(ms / elapsed));
  const busy = differences(({ scrape }) => scrape.sum('autoscaler_loop_stage_duration_seconds_sum'));
  const ticks = differences(({ scrape }) => scrape.sum('autoscaler_loop_ticks_total', 'result="completed"'));
  return {
    instances: instances.length,
    client: client !== null,
    cpu,
    cpu_sum: round(sum(cpu)),
    interval_share: busy.map((seconds) => round((seconds * 1000) / elapsed)),
    completed_share: round(sum(ticks) / ((CLUSTERS * elapsed) / INTERVAL_MS)),
    heard_per_s: Math.round((((client?.heard ?? 0) - heard) * 1000) / elapsed),
  };
}

/** A client subscribed to everything, like an open page. */
class Client {
  heard = 0;

  private constructor(private readonly socket: Socket) {
    socket.onAny(() => {
      this.heard += 1;
    });
  }

  static async connect({ url }: Instance, token: string): Promise<Client> {
    const socket = io(url, { auth: { token }, transports: ['websocket'] });
    await socket.emitWithAck('subscribe_all');
    return new Client(socket);
  }

  close(): void {
    this.socket.disconnect();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

const database = SERVER === '' ? await embeddedFleetDatabase() : await fleetDatabaseOnServer(new URL(SERVER));
const fleet = await Fleet.start(
  database,
  { AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms`, AUTOSCALER_SCALER_WAKE_INTERVAL: '1s' },
  [],
);
const rows: Row[] = [];
let client: Client | undefined;
try {
  const instances: Instance[] = [];
  let token = '';
  while (instances.length < INSTANCES) {
    // No recording proxy is needed here.
    instances.push(await fleet.startInstance({ AUTOSCALER_COLLECTOR_SIMULATOR_URL: fleet.simulatorUrl }));
    const [first] = instances;
    if (first !== undefined && token === '') ({ token } = await createClusters(first.url, CLUSTERS, busyCluster));
    await fleet.balanced(fairCount(instances.length));
    rows.push(await measure(instances, null));
    console.table(rows.slice(-1));
  }
  const [first] = instances;
  if (SERVER !== '' && first !== undefined) {
    client = await Client.connect(first, token);
    rows.push(await measure(instances, client));
  }
} finally {
  client?.close();
  await fleet.stop();
}
console.table(rows);
if (ASKED_SIZE === undefined) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model.trim(), node: process.version };
  const settings = { database: SERVER === '' ? 'embedded' : 'server', clusters: CLUSTERS, interval_ms: INTERVAL_MS };
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/scale-out.json', `${JSON.stringify({ machine, settings, rows }, null, 2)}\n`);
}
