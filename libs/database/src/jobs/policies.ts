import type { DataSource, EntityManager } from 'typeorm';
import type { AppConfig } from '#config';
import { POLICIES_LOCK } from '../locks.js';

/** A job of TimescaleDB. */
export interface PolicyJob {
  readonly id: number;
  /** For people: `policy_retention of samples`. */
  readonly name: string;
}

/** One background job of TimescaleDB that the configuration asks for. All times in milliseconds. */
interface WantedPolicy {
  readonly table: string;
  readonly procedure: 'policy_retention' | 'policy_compression' | 'policy_refresh_continuous_aggregate';
  /** What the job's configuration in TimescaleDB must say. */
  readonly settings: Readonly<Record<string, number>>;
  readonly add: string;
}

const HYPERTABLES = ['samples', 'observations', 'decisions', 'forecasts'] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Makes TimescaleDB's retention, compression and refresh jobs say what the configuration says; leaves alone those that do already.
 * Several instances may do so at once.
 *
 * Each job in a transaction of its own, and changed in place: whoever removes jobs while holding locks on others' can end in a deadlock
 * with TimescaleDB's scheduler, which does not survive it, and then no job is ever run again.
 *
 * @returns all jobs that the configuration asks for
 */
export async function reconcilePolicies(
  dataSource: DataSource,
  config: AppConfig['database'],
): Promise<readonly PolicyJob[]> {
  const jobs: PolicyJob[] = [];
  for (const policy of wantedPolicies(config)) {
    const id = await dataSource.transaction(async (database) => {
      await database.query('SELECT pg_advisory_xact_lock($1)', [POLICIES_LOCK]);
      return reconcile(database, policy);
    });
    jobs.push({ id, name: nameOf(policy) });
  }
  return jobs;
}

/**
 * Compares TimescaleDB's jobs with the configuration and changes nothing: for a role that does not own the tables.
 *
 * @returns the jobs that there are, and the names of those that are missing or say something else
 */
export async function comparePolicies(
  { manager }: DataSource,
  config: AppConfig['database'],
): Promise<{ readonly jobs: readonly PolicyJob[]; readonly outdated: readonly string[] }> {
  const jobs: PolicyJob[] = [];
  const outdated: string[] = [];
  for (const policy of wantedPolicies(config)) {
    const name = nameOf(policy);
    const current = await findJob(manager, policy);
    if (current !== undefined) jobs.push({ id: current.id, name });
    if (current?.matches !== true) outdated.push(name);
  }
  return { jobs, outdated };
}

/** Whether this role may change the jobs: TimescaleDB lets only the owner of a table. */
export async function mayChangePolicies(dataSource: DataSource): Promise<boolean> {
  const [{ owner }] = await dataSource.query<[{ owner: boolean }]>(
    `SELECT bool_and(pg_has_role(relowner, 'USAGE')) AS owner FROM pg_class WHERE oid = ANY($1::regclass[])`,
    [HYPERTABLES],
  );
  return owner;
}

function nameOf({ procedure, table }: WantedPolicy): string {
  return `${procedure} of ${table}`;
}

async function reconcile(database: EntityManager, policy: WantedPolicy): Promise<number> {
  const current = await findJob(database, policy);
  if (current?.matches === true) return current.id;
  if (current !== undefined) {
    const settings = Object.entries(policy.settings).map(([name, ms]) => [name, `${ms} milliseconds`]);
    await database.query(
      `SELECT alter_job(job_id, config => config || $2::jsonb) FROM timescaledb_information.jobs WHERE job_id = $1`,
      [current.id, JSON.stringify(Object.fromEntries(settings))],
    );
    return current.id;
  }
  await database.query(policy.add);
  const added = await findJob(database, policy);
  if (added === undefined) throw new Error(`TimescaleDB has no job after: ${policy.add}`);
  return added.id;
}

function wantedPolicies(config: AppConfig['database']): WantedPolicy[] {
  const { retention, compressAfter } = config;
  return [
    ...HYPERTABLES.map((table) => retain(table, retention[table])),
    retain('observations_by_minute', retention.aggregates),
    retain('observations_by_hour', retention.aggregates),
    ...HYPERTABLES.map((table) => compress(table, compressAfter)),
    // What retention drops must lie outside the refreshed range, or the refresh would drop its summary too.
    refresh('observations_by_minute', Math.min(7 * DAY, retention.observations / 2), MINUTE),
    refresh('observations_by_hour', Math.min(30 * DAY, retention.observations / 2), HOUR),
  ];
}

function retain(table: string, after: number): WantedPolicy {
  return {
    table,
    procedure: 'policy_retention',
    settings: { drop_after: after },
    add: `SELECT add_retention_policy('${table}', drop_after => ${interval(after)})`,
  };
}

function compress(table: string, after: number): WantedPolicy {
  return {
    table,
    procedure: 'policy_compression',
    settings: { compress_after: after },
    add: `SELECT add_compression_policy('${table}', compress_after => ${interval(after)})`,
  };
}

function refresh(view: string, since: number, bucket: number): WantedPolicy {
  // A window must span two buckets at least.
  const start = Math.max(since, 3 * bucket);
  return {
    table: view,
    procedure: 'policy_refresh_continuous_aggregate',
    settings: { start_offset: start, end_offset: bucket },
    add: `SELECT add_continuous_aggregate_policy('${view}', start_offset => ${interval(start)}, end_offset => ${interval(bucket)}, schedule_interval => ${interval(bucket)})`,
  };
}

function interval(ms: number): string {
  return `INTERVAL '${ms} milliseconds'`;
}

async function findJob(
  database: EntityManager,
  policy: WantedPolicy,
): Promise<{ id: number; matches: boolean } | undefined> {
  const settings = Object.entries(policy.settings)
    .map(([name, ms]) => `(j.config->>'${name}')::interval = ${interval(ms)}`)
    .join(' AND ');
  // The job of a continuous aggregate names the hypertable behind it.
  const rows = await database.query<{ id: number; matches: boolean }[]>(
    `SELECT j.job_id AS id, COALESCE(${settings}, false) AS matches
       FROM timescaledb_information.jobs j
       LEFT JOIN timescaledb_information.continuous_aggregates c ON c.materialization_hypertable_name = j.hypertable_name
      WHERE j.proc_name = $1 AND COALESCE(c.view_name, j.hypertable_name) = $2`,
    [policy.procedure, policy.table],
  );
  return rows[0];
}
