import { PgBoss } from 'pg-boss';
import { configOf } from '#config';
import { type Database, openDatabase, runMigrations } from '#database';
import { SHARES, type Fence } from '#scaler';
import { EngineShares } from '../../libs/scaler/src/shares/engine.shares.js';
import { Occupancy } from '../../libs/scaler/src/shares/occupancy.js';
import { OccupancyStore } from '../../libs/scaler/src/shares/occupancy.store.js';
import { ShareStore } from '../../libs/scaler/src/shares/share.store.js';
import type { Connection } from '../database-on-server.js';
import type { Engine, Hold } from './engine.js';

const QUEUE = 'ticks';
const BATCH = 500;
/** The least that the engine takes, both of them. */
const POLL_SECONDS = 0.5;
const HEARTBEAT_SECONDS = 10;
const NO_LIMIT = 2_147_483_647;
const KEPT_SECONDS = 60;
const CONNECTIONS = 4;

/**
 * pg-boss on PostgreSQL. Its schedules know minutes and nothing shorter, so a tick that was done makes the next one, with the time at
 * which that may start. Shares are held by the service's own adapter.
 */
export const pgBossEngine: Engine = {
  async prepare({ connection, layout, clusters, intervalMs, beginAt }) {
    const database = await open(connection);
    await runMigrations(database);
    await database.destroy();
    if (layout === 'shares') return;
    const boss = bossOf(connection);
    await boss.start();
    await boss.createQueue(QUEUE, {
      retryLimit: NO_LIMIT,
      retryDelay: 0,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      deleteAfterSeconds: KEPT_SECONDS,
    });
    const all = Array.from({ length: clusters }, (_, cluster) =>
      jobOf(cluster, beginAt + Math.floor((cluster * intervalMs) / clusters)),
    );
    for (let first = 0; first < clusters; first += BATCH) await boss.insert(QUEUE, all.slice(first, first + BATCH));
    await boss.stop({ graceful: false });
  },

  async tick({ connection, intervalMs }, tick) {
    const boss = bossOf(connection);
    await boss.start();
    await boss.work<{ cluster: number; due: number }>(
      QUEUE,
      { batchSize: BATCH, pollingIntervalSeconds: POLL_SECONDS, burstWhenBatchFull: true, includeMetadata: true },
      async (jobs) => {
        await Promise.all(jobs.map(async ({ data: { cluster, due }, retryCount }) => tick(cluster, due, retryCount)));
        // Under an id of its own each: what is done again makes no second one.
        await boss.insert(
          QUEUE,
          jobs.map(({ data: { cluster, due } }) => jobOf(cluster, due + intervalMs)),
        );
      },
    );
  },

  async hold({ connection }): Promise<Hold> {
    const database = await open(connection);
    const store = new ShareStore(database);
    const instance = `worker-${process.pid}`;
    const occupancy = new Occupancy(new OccupancyStore(database), 'shared', instance);
    const isMigrated = async (): Promise<boolean> => true;
    const shares = new EngineShares(instance, database, occupancy, store, isMigrated, (message, error) => {
      if (error !== null) console.error(message, error);
    });
    await shares.start({ vacate: async () => undefined });
    const fenceOf = (share: number): Fence[] => {
      const fence = shares.fenceOf(share);
      return fence === undefined ? [] : [fence];
    };
    return {
      held: () =>
        new Map(
          Array.from({ length: SHARES }, (_, share) => share)
            .flatMap(fenceOf)
            .map(({ share, token }) => [share, token]),
        ),
      // As every write of the service: the transaction begins with the check of the tokens.
      async act(held) {
        const fences = [...held].flatMap(fenceOf);
        const inForce = await database.transaction(async (manager) => store.guard(fences, manager));
        return fences.filter(({ share }) => inForce.has(share)).map(({ share }) => share);
      },
    };
  },
};

function bossOf({ host, port, user, password, database }: Connection): PgBoss {
  const boss = new PgBoss({
    host,
    port,
    user,
    password,
    database,
    max: CONNECTIONS,
    schema: 'pgboss',
    migrate: false,
    createSchema: false,
    schedule: false,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
  });
  boss.on('error', (error) => console.error(error.message));
  return boss;
}

async function open({ host, port, user, password, database }: Connection): Promise<Database> {
  return openDatabase(
    configOf({
      'database.host': host,
      'database.port': port,
      'database.user': user,
      'database.password': password,
      'database.name': database,
      'database.max_connections': CONNECTIONS,
    }).database,
  );
}

function jobOf(cluster: number, due: number) {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const time = hex(due, 12);
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-4000-8000-${hex(cluster, 12)}`,
    startAfter: new Date(due),
    data: { cluster, due },
  };
}
