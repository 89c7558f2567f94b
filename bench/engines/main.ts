/**
 * `npm run bench:engines`: BullMQ on Redis beside pg-boss on the embedded database and, where `DATABASE_URL` names one, on that server. How
 * late periodic work is and what that costs, with a job for each tick of a cluster and with 64 shares that are held; and what
 * happens when a worker is killed or sleeps. Three workers, one engine after the other. `BENCH_CLUSTERS=300` measures another size and `BENCH_ROUNDS=1` fewer
 * rounds, and either stores nothing. Needs `apt-get install -y redis-server pgbouncer`.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { binary } from '../../test/ops/support/binaries.js';
import { type EngineName, type Layout, type Task, WORKERS } from './engine.js';
import { type Load, measureLoad } from './load.js';
import { measureRecovery, type Recovery } from './recovery.js';
import { embeddedStore, redisStore, serverStore, type Store, type StoreName } from './store.js';

const ASKED_SIZES = process.env['BENCH_CLUSTERS'];
const ASKED_ROUNDS = process.env['BENCH_ROUNDS'];
const SIZES = (ASKED_SIZES ?? '300,20000').split(',').map(Number);
const ROUNDS = Number(ASKED_ROUNDS ?? '2');
const SERVER = process.env['DATABASE_URL'] ?? '';
const INTERVAL_MS = 10_000;
const MEASURED_INTERVALS = 3;
/** Longer than either engine takes to make a job. */
const MAKING_MS = 1.5;
/** Clusters whose ticks are in hand when a worker ends, and how long each tick takes then. */
const RECOVERED = { clusters: 300, workMs: 1000 };

interface Candidate {
  readonly engine: EngineName;
  readonly store: StoreName;
  readonly start: () => Promise<Store>;
}

type Row<T> = { readonly engine: EngineName; readonly store: StoreName } & T;

for (const name of ['redis-server', 'pgbouncer']) binary(name);
const candidates: Candidate[] = [
  { engine: 'bullmq', store: 'redis', start: redisStore },
  { engine: 'pg-boss', store: 'embedded', start: embeddedStore },
  ...(SERVER === ''
    ? []
    : [{ engine: 'pg-boss', store: 'server', start: async () => serverStore(new URL(SERVER)) } as const]),
];

/** A measurement on a store of its own. */
async function on<T>(
  { engine, store: name, start }: Candidate,
  settings: Pick<Task, 'layout' | 'clusters' | 'workMs' | 'telling'>,
  measure: (task: Task, store: Store) => Promise<T>,
): Promise<Row<T>> {
  const store = await start();
  try {
    const row = {
      engine,
      store: name,
      ...(await measure(
        { engine, connection: store.connection, intervalMs: INTERVAL_MS, beginAt: beginAt(settings), ...settings },
        store,
      )),
    };
    console.table([row]);
    return row;
  } finally {
    await store.stop();
  }
}

/** Jobs that are due before all of them are made would be late through no fault of the engine. */
function beginAt({ layout, clusters }: Pick<Task, 'layout' | 'clusters'>): number {
  return Date.now() + INTERVAL_MS + (layout === 'ticks' ? clusters * MAKING_MS : 0);
}

const load: Row<Load>[] = [];
const recovery: Row<Recovery>[] = [];
const layouts: readonly Layout[] = ['ticks', 'shares'];
for (const layout of layouts) {
  // What holding costs does not grow with the clusters.
  for (const clusters of layout === 'ticks' ? SIZES : SIZES.slice(-1)) {
    for (const candidate of candidates) {
      const settings = { layout, clusters, workMs: 0, telling: 'sums' } as const;
      load.push(await on(candidate, settings, async (task, store) => measureLoad(task, store, MEASURED_INTERVALS)));
    }
  }
  for (const ended of ['killed', 'asleep'] as const) {
    for (const candidate of candidates) {
      const settings = { layout, ...RECOVERED, telling: 'each' } as const;
      recovery.push(await on(candidate, settings, async (task) => measureRecovery(task, ended, ROUNDS)));
    }
  }
}
console.table(load);
console.table(recovery);
if (ASKED_SIZES === undefined && ASKED_ROUNDS === undefined) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model.trim(), node: process.version };
  const redis = /v=(\S+)/.exec(execFileSync(binary('redis-server'), ['--version'], { encoding: 'utf8' }))?.[1];
  const settings = { workers: WORKERS, interval_ms: INTERVAL_MS, rounds: ROUNDS, redis };
  await mkdir('bench/results', { recursive: true });
  await writeFile('bench/results/engines.json', `${JSON.stringify({ machine, settings, load, recovery }, null, 2)}\n`);
}
