import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock, configOf } from '#config';
import { DatabaseHealth } from '../database.health.js';
import { createTestDatabase, type TestDatabase } from '../testing.js';
import { DatabaseJobs } from './database-jobs.js';
import { reconcilePolicies } from './policies.js';

class HandClock extends Clock {
  time = Date.now();
  now(): number {
    return this.time;
  }
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

const CLUSTER = '00000000-0000-4000-8000-000000000001';

async function insertObservations(fromAgo: string, toAgo: string): Promise<void> {
  await database.dataSource.query(
    `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, cpu, demand, saturated)
     SELECT at, $1, 3, 0, 0, 3, 50, 1.5, false FROM generate_series(now() - $2::interval, now() - $3::interval, INTERVAL '10 minutes') at`,
    [CLUSTER, fromAgo, toAgo],
  );
}

async function count(table: string, condition = 'true'): Promise<number> {
  const [row] = await database.dataSource.query<[{ n: number }]>(
    `SELECT count(*)::int AS n FROM ${table} WHERE ${condition}`,
  );
  return row.n;
}

describe('jobs of the database', () => {
  it('are made once and changed with the configuration', async () => {
    const config = configOf({}).database;
    const first = await reconcilePolicies(database.dataSource, config);
    expect(first).toHaveLength(12);
    expect(await reconcilePolicies(database.dataSource, config)).toEqual(first);

    const changed = await reconcilePolicies(
      database.dataSource,
      configOf({ 'database.retention.samples': '7d' }).database,
    );
    expect(changed.filter((id) => !first.includes(id))).toHaveLength(1);
    const [job] = await database.dataSource.query<[{ same: boolean }]>(
      `SELECT (config->>'drop_after')::interval = INTERVAL '7 days' AS same FROM timescaledb_information.jobs
        WHERE hypertable_name = 'samples' AND proc_name = 'policy_retention'`,
    );
    expect(job.same).toBe(true);
  });

  it('drop, compress and sum up when nobody else does', async () => {
    await insertObservations('100 days', '99 days');
    await insertObservations('10 days', '9 days');
    await insertObservations('2 days', '1 day');
    const clock = new HandClock();
    const jobs = new DatabaseJobs(database.dataSource, new DatabaseHealth(database.dataSource), configOf({}), clock);
    await jobs.onApplicationBootstrap();
    const [{ workers }] = await database.dataSource.query<[{ workers: number }]>(
      `SELECT count(*)::int AS workers FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB%'`,
    );
    if (workers > 0) {
      // A server with background workers runs them itself; running them here shows the same end.
      const ids = await reconcilePolicies(database.dataSource, configOf({}).database);
      for (const id of ids) await database.dataSource.query(`CALL run_job(${id})`);
    } else {
      await jobs.runDue();
    }
    expect(await count('observations', `at < now() - INTERVAL '91 days'`)).toBe(0);
    expect(await count('observations')).toBeGreaterThan(200);
    expect(
      await count('timescaledb_information.chunks', `hypertable_name = 'observations' AND is_compressed`),
    ).toBeGreaterThan(0);
    const [{ materialized }] = await database.dataSource.query<[{ materialized: number }]>(
      `SELECT count(*)::int AS materialized FROM observations_by_hour WHERE cluster_id = $1 AND bucket > now() - INTERVAL '3 days'`,
      [CLUSTER],
    );
    expect(materialized).toBeGreaterThanOrEqual(24);
  });
});
