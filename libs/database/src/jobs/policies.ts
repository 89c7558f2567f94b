import type { DataSource, EntityManager } from 'typeorm';
import type { AppConfig } from '#config';
import { lockUntilCommit, POLICIES_LOCK } from '../locks.js';

/** A job of TimescaleDB. */
export interface PolicyJob {
  readonly id: number;
  /** Display name: `policy_retention of samples`. */
  readonly name: string;
}

/** The required configuration of a job in TimescaleDB, by parameter name: an interval as text, a number as a number. */
type PolicySettings = Readonly<Record<string, string | number>>;

/** A required background job of TimescaleDB. */
interface WantedPolicy {
  readonly table: string;
  readonly procedure: 'policy_retention' | 'policy_compression' | 'policy_refresh_continuous_aggregate';
  readonly settings: PolicySettings;
  readonly add: string;
}

const HYPERTABLES = ['samples', 'observations', 'decisions', 'forecasts'] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Reconciles TimescaleDB's retention, compression and refresh jobs with the configuration; does not touch those that match.
 * Several instances may do so at once.
 *
 * Each job is changed in place, in its own transaction: removing jobs while holding locks on others can deadlock
 * with TimescaleDB's scheduler, which crashes then, and no job is ever run again.
 *
 * @returns all required jobs
 */
export async function reconcilePolicies(
  dataSource: DataSource,
  config: AppConfig['database'],
): Promise<readonly PolicyJob[]> {
  const jobs: PolicyJob[] = [];
  for (const policy of wantedPolicies(config)) {
    const id = await dataSource.transaction(async (database) => {
      await lockUntilCommit(POLICIES_LOCK, database);
      return reconcile(database, policy);
    });
    jobs.push({ id, name: nameOf(policy) });
  }
  return jobs;
}

/**
 * Compares TimescaleDB's jobs with the configuration and changes nothing: for a role that does not own the tables.
 *
 * @returns the existing jobs, and the names of missing or different ones
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
    await database.query(
      `SELECT alter_job(job_id, config => config || $2::jsonb) FROM timescaledb_information.jobs WHERE job_id = $1`,
      [current.id, JSON.stringify(policy.settings)],
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
    // The refreshed range must not reach data dropped by retention, or the refresh would drop its aggregate too.
    refresh('observations_by_minute', Math.min(7 * DAY, retention.observations / 2), MINUTE),
    refresh('observations_by_hour', Math.min(30 * DAY, retention.observations / 2), HOUR),
  ];
}

function retain(table: string, after: number): WantedPolicy {
  const settings = { drop_after: interval(after) };
  return {
    table,
    procedure: 'policy_retention',
    settings,
    add: `SELECT add_retention_policy('${table}', ${parameters(settings)})`,
  };
}

function compress(table: string, after: number): WantedPolicy {
  const settings = { compress_after: interval(after) };
  return {
    table,
    procedure: 'policy_compression',
    settings,
    add: `SELECT add_compression_policy('${table}', ${parameters(settings)})`,
  };
}

function refresh(view: string, since: number, bucket: number): WantedPolicy {
  const settings = {
    // A window must span two buckets at least.
    start_offset: interval(Math.max(since, 3 * bucket)),
    end_offset: interval(bucket),
    // Each batch is a transaction and scans for its rows; TimescaleDB's default of 1 (10 since 2.25) is a batch for almost every minute.
    // All at once (0) takes no less time than day by day, and after a long outage would keep what drops and compresses chunks waiting.
    buckets_per_batch: DAY / bucket,
  };
  return {
    table: view,
    procedure: 'policy_refresh_continuous_aggregate',
    settings,
    add: `SELECT add_continuous_aggregate_policy('${view}', ${parameters(settings)}, schedule_interval => ${literal(interval(bucket))})`,
  };
}

function interval(ms: number): string {
  return `${ms} milliseconds`;
}

function parameters(settings: PolicySettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} => ${literal(value)}`)
    .join(', ');
}

function literal(value: string | number): string {
  return typeof value === 'string' ? `INTERVAL '${value}'` : String(value);
}

async function findJob(
  database: EntityManager,
  policy: WantedPolicy,
): Promise<{ id: number; matches: boolean } | undefined> {
  const settings = Object.entries(policy.settings)
    .map(([name, value]) => {
      const type = typeof value === 'string' ? 'interval' : 'integer';
      return `(j.config->>'${name}')::${type} = ${literal(value)}`;
    })
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
