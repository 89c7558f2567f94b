import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, configOf } from '#config';
import { ManualClock } from '#config/testing';
import { eventually } from '../../../test/support/eventually.js';
import { DatabaseHealth } from '../src/database.health.js';
import { runMigrations } from '../src/migrate.js';
import { createTestDatabase, type TestDatabase, undoAllMigrations } from '../src/testing.js';
import { DatabaseJobs } from '../src/jobs/database-jobs.js';
import { comparePolicies, mayChangePolicies, reconcilePolicies } from '../src/jobs/policies.js';

let database: TestDatabase;
/** Whether TimescaleDB has background workers, which cannot be controlled by the test. */
let workers: boolean;
beforeAll(async () => {
  database = await createTestDatabase();
  workers = database.dataSource.embedded === undefined;
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

/** Where a continuous aggregate stores its rows; reading the view itself would also sum up what is not stored yet. */
async function storage(view: string): Promise<string> {
  const [{ table }] = await database.dataSource.query<[{ table: string }]>(
    `SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) AS table
       FROM timescaledb_information.continuous_aggregates WHERE view_name = $1`,
    [view],
  );
  return table;
}

/** Rows that a continuous aggregate has stored. */
async function stored(view: string): Promise<number> {
  return count(await storage(view), `cluster_id = '${CLUSTER}'`);
}

/** How many transactions stored the rows of a continuous aggregate. */
async function storedIn(view: string): Promise<number> {
  const [{ n }] = await database.dataSource.query<[{ n: number }]>(
    `SELECT count(DISTINCT xmin::text)::int AS n FROM ${await storage(view)} WHERE cluster_id = $1`,
    [CLUSTER],
  );
  return n;
}

/** Runs what background workers would run by themselves. */
async function runAllJobs(jobs: DatabaseJobs): Promise<void> {
  if (!workers) return jobs.runDue();
  const wanted = await reconcilePolicies(database.dataSource, configOf({}).database);
  for (const { id } of wanted) await database.dataSource.query(`CALL run_job(${id})`);
}

function databaseJobs(clock: Clock): DatabaseJobs {
  return new DatabaseJobs(database.dataSource, new DatabaseHealth(database.dataSource), configOf({}), clock);
}

/** Records, as TimescaleDB's workers do, that a job has just failed, with its delayed next start. */
async function recordFailure(id: number, error: string): Promise<void> {
  const { dataSource } = database;
  await dataSource.query(`DELETE FROM _timescaledb_internal.bgw_job_stat WHERE job_id = $1`, [id]);
  await dataSource.query(`DELETE FROM _timescaledb_internal.bgw_job_stat_history WHERE job_id = $1`, [id]);
  await dataSource.query(
    `INSERT INTO _timescaledb_internal.bgw_job_stat (job_id, last_start, last_finish, next_start, last_successful_finish, last_run_success,
       total_runs, total_duration, total_duration_failures, total_successes, total_failures, total_crashes, consecutive_failures, consecutive_crashes)
     SELECT id, now() - INTERVAL '2 seconds', now() - INTERVAL '1 second', now() + 5 * schedule_interval, '-infinity', false,
            9, INTERVAL '9 seconds', INTERVAL '9 seconds', 0, 9, 0, 9, 0 FROM _timescaledb_config.bgw_job WHERE id = $1`,
    [id],
  );
  await dataSource.query(
    `INSERT INTO _timescaledb_internal.bgw_job_stat_history (job_id, pid, execution_start, execution_finish, succeeded, data)
     VALUES ($1, 1, now() - INTERVAL '2 seconds', now() - INTERVAL '1 second', false,
             jsonb_build_object('error_data', jsonb_build_object('message', $2::text)))`,
    [id, error],
  );
}

/** Clears the job results: on a server its workers run all jobs, and some fail for lack of worker processes. */
async function forgetRuns(): Promise<void> {
  await database.dataSource.query(`DELETE FROM _timescaledb_internal.bgw_job_stat_history`);
  await database.dataSource.query(`DELETE FROM _timescaledb_internal.bgw_job_stat`);
}

/** Our jobs that the workers run; `null`: all. */
async function schedule(id: number | null): Promise<void> {
  await database.dataSource.query(
    `SELECT alter_job(id, scheduled => $1::int IS NULL OR id = $1) FROM _timescaledb_config.bgw_job WHERE id >= 1000`,
    [id],
  );
}

async function secondsToStart(id: number): Promise<number> {
  const [{ seconds }] = await database.dataSource.query<[{ seconds: number }]>(
    `SELECT extract(epoch FROM next_start - now())::float8 AS seconds FROM timescaledb_information.job_stats WHERE job_id = $1`,
    [id],
  );
  return seconds;
}

describe('jobs of the database', () => {
  it('are created once and updated with the configuration', async () => {
    const { dataSource } = database;
    const config = configOf({}).database;
    const first = await reconcilePolicies(dataSource, config);
    expect(first).toHaveLength(12);
    expect(await reconcilePolicies(dataSource, config)).toEqual(first);

    const changed = await reconcilePolicies(dataSource, configOf({ 'database.retention.samples': '7d' }).database);
    expect(changed).toEqual(first);
    const [job] = await dataSource.query<[{ same: boolean }]>(
      `SELECT (config->>'drop_after')::interval = INTERVAL '7 days' AS same FROM timescaledb_information.jobs
        WHERE hypertable_name = 'samples' AND proc_name = 'policy_retention'`,
    );
    expect(job.same).toBe(true);
  });

  it('are only compared by a role that does not own the tables', async () => {
    const { dataSource } = database;
    const config = configOf({}).database;
    const made = await reconcilePolicies(dataSource, config);
    expect(await mayChangePolicies(dataSource)).toBe(true);
    const asRole = dataSource.createQueryRunner();
    await asRole.startTransaction();
    await asRole.query('SET LOCAL ROLE autoscaler_app');
    const here = { query: asRole.query.bind(asRole), manager: asRole.manager } as unknown as typeof dataSource;
    expect(await mayChangePolicies(here)).toBe(false);
    expect(await comparePolicies(here, config)).toEqual({ jobs: made, outdated: [] });
    const other = configOf({ 'database.retention.samples': '7d' }).database;
    expect(await comparePolicies(here, other)).toEqual({ jobs: made, outdated: ['policy_retention of samples'] });
    await asRole.rollbackTransaction();
    await asRole.release();
  });

  it('of a release that refreshed by bucket are changed to refresh by day', async () => {
    const { dataSource } = database;
    const config = configOf({}).database;
    const jobs = await reconcilePolicies(dataSource, config);
    const batches = async () =>
      dataSource.query(
        `SELECT (config->>'buckets_per_batch')::int AS buckets FROM timescaledb_information.jobs
          WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY job_id`,
      );
    const wanted = [{ buckets: 1440 }, { buckets: 24 }];
    expect(await batches()).toEqual(wanted);
    await dataSource.query(
      `SELECT alter_job(job_id, config => config - 'buckets_per_batch') FROM timescaledb_information.jobs
        WHERE proc_name = 'policy_refresh_continuous_aggregate'`,
    );
    expect(await comparePolicies(dataSource, config)).toEqual({
      jobs,
      outdated: [
        'policy_refresh_continuous_aggregate of observations_by_minute',
        'policy_refresh_continuous_aggregate of observations_by_hour',
      ],
    });
    expect(await reconcilePolicies(dataSource, config)).toEqual(jobs);
    expect(await batches()).toEqual(wanted);
  });

  it('are created once when several instances start at once', async () => {
    const { dataSource } = database;
    const config = configOf({ 'database.compress_after': '3d', 'database.retention.aggregates': '100d' }).database;
    const [one, other] = await Promise.all([
      reconcilePolicies(dataSource, config),
      reconcilePolicies(dataSource, config),
    ]);
    expect(one).toEqual(other);
    await reconcilePolicies(dataSource, configOf({}).database);
  });

  it('drop, compress and aggregate without background workers', async () => {
    await insertObservations('100 days', '99 days');
    await insertObservations('10 days', '9 days');
    await insertObservations('2 days', '1 day');
    const clock = new ManualClock(Date.now());
    const jobs = databaseJobs(clock);
    await jobs.onApplicationBootstrap();
    await runAllJobs(jobs);
    expect(await count('observations', `at < now() - INTERVAL '91 days'`)).toBe(0);
    expect(await count('observations')).toBe(2 * 145);
    expect(
      await count('timescaledb_information.chunks', `hypertable_name = 'observations' AND is_compressed`),
    ).toBeGreaterThan(0);
    // Ten days ago is within the window of the summaries by hour, but not of those by minute.
    expect(await stored('observations_by_hour')).toBeGreaterThanOrEqual(48);
    expect(await stored('observations_by_minute')).toBe(145);
    // They are of one day, which may lie in two batches.
    expect(await storedIn('observations_by_minute')).toBeLessThanOrEqual(2);

    // The next run adds the new data, and nothing else is due.
    await insertObservations('50 minutes', '20 minutes');
    await jobs.runDue();
    // TimescaleDB's own workers may have been quicker.
    expect([145, ...(workers ? [145 + 4] : [])]).toContain(await stored('observations_by_minute'));
    clock.time += 60_000;
    await runAllJobs(jobs);
    expect(await stored('observations_by_minute')).toBe(145 + 4);
    // The aggregate of a compressed day is read like any other.
    expect(await count('observations_by_hour', `bucket < now() - INTERVAL '8 days'`)).toBeGreaterThanOrEqual(24);
  });

  it('wait for the schema, and start once it exists', async () => {
    const { dataSource } = database;
    await undoAllMigrations(dataSource);
    const jobs = databaseJobs(new ManualClock(Date.now()));
    await jobs.onApplicationBootstrap();
    await runMigrations(dataSource);
    expect(
      await count('timescaledb_information.jobs', `proc_name LIKE 'policy_ret%' AND hypertable_name IS NOT NULL`),
    ).toBe(0);
    await jobs.runDue();
    expect(
      await count('timescaledb_information.jobs', `proc_name LIKE 'policy_ret%' AND hypertable_name IS NOT NULL`),
    ).toBe(6);
  });

  it('that fail are logged once, and counted until they succeed', async () => {
    const { dataSource } = database;
    const clock = new ManualClock(Date.now());
    const jobs = databaseJobs(clock);
    await jobs.onApplicationBootstrap();
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const [{ id, table }] = await dataSource.query<[{ id: number; table: number }]>(
      `SELECT id, hypertable_id AS table FROM _timescaledb_config.bgw_job
        WHERE proc_name = 'policy_retention' AND hypertable_id = (SELECT id FROM _timescaledb_catalog.hypertable WHERE table_name = 'samples')`,
    );
    await schedule(id);
    await forgetRuns();
    const turn = async (to: number, failing: number): Promise<void> => {
      const point = async (at: number, manager: EntityManager) =>
        manager.query(
          `UPDATE _timescaledb_config.bgw_job SET config = jsonb_set(config, '{hypertable_id}', to_jsonb($2::int)) WHERE id = $1`,
          [id, at],
        );
      await dataSource.transaction(async (manager) => {
        // Workers run it at once; what cannot work is refused, and so comes last.
        await point(table, manager);
        await manager.query('SELECT alter_job($1, next_start => now())', [id]);
        await point(to, manager);
      });
      await eventually(`${failing} jobs fail`, async () => {
        clock.time += 86_400_000;
        await jobs.runDue();
        return jobs.failing === failing;
      });
    };
    try {
      await turn(999_999, 1);
      clock.time += 86_400_000;
      await jobs.runDue();
      expect(logged.mock.calls.map(([message]) => String(message))).toEqual([
        expect.stringMatching(/^policy_retention of samples \(job \d+ of the database\) failed: /),
      ]);
      await turn(table, 0);
    } finally {
      logged.mockRestore();
      await schedule(null);
    }
  });

  it('that finished but are recorded as failed stay on schedule and count as successful; others are unchanged', async () => {
    const { dataSource } = database;
    // Pretends that the embedded database has workers; nothing else changes the records meanwhile.
    if (workers) await dataSource.query('SELECT _timescaledb_functions.stop_background_workers()');
    await forgetRuns();
    const here = new Proxy(dataSource, {
      get: (target, name) =>
        name === 'query'
          ? async (sql: string, parameters?: unknown[]) =>
              sql.includes('pg_stat_activity') ? [{ workers: 1 }] : target.query(sql, parameters)
          : (Reflect.get(target, name) as unknown),
    });
    const clock = new ManualClock(Date.now());
    const jobs = new DatabaseJobs(here, new DatabaseHealth(here), configOf({}), clock);
    await jobs.onApplicationBootstrap();
    const [minutes, hours] = await dataSource.query<[{ id: number }, { id: number }]>(
      `SELECT job_id AS id FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate' ORDER BY schedule_interval`,
    );
    const said = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const failed = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    try {
      for (let run = 0; run < 2; run += 1) {
        await recordFailure(minutes.id, 'cannot drop portal "" while it is being set up');
        await recordFailure(hours.id, 'could not extend file: no space left on device');
        clock.time += 15_000;
        await jobs.runDue();
        expect(await secondsToStart(minutes.id)).toBeLessThanOrEqual(60);
        // Five times its interval, as TimescaleDB has it.
        expect(await secondsToStart(hours.id)).toBeGreaterThan(4 * 3600);
        expect(jobs.failing).toBe(1);
      }
      expect(said.mock.calls).toEqual([[expect.stringContaining('docs/deployment.md')]]);
      expect(failed.mock.calls).toEqual([[expect.stringContaining('no space left on device')]]);
    } finally {
      said.mockRestore();
      failed.mockRestore();
      await forgetRuns();
      if (workers) await dataSource.query('SELECT _timescaledb_functions.start_background_workers()');
    }
  });

  it('do not start once the service stops', async () => {
    const jobs = databaseJobs(new ManualClock(Date.now()));
    await jobs.onApplicationBootstrap();
    jobs.onModuleDestroy();
    await insertObservations('100 days', '99 days');
    await jobs.runDue();
    const kept = workers ? 0 : 145;
    expect(await count('observations', `at < now() - INTERVAL '95 days'`)).toBeGreaterThanOrEqual(kept);
  });
});
