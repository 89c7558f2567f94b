import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { DatabaseError } from './database.error.js';
import { lockUntilCommit, MIGRATION_LOCK } from './locks.js';
import { unwatched } from './watched-client.js';

/** How long a migration waits for a table lock: later statements, those of the service too, queue behind it. */
const LOCK_TIMEOUT_MS = 5000;

/** Migrations of a database compared with those of this program. */
export interface MigrationStatus {
  /** Names that the program knows and the database lacks, in order. */
  readonly pending: readonly string[];
  /** Names that the database has and the program does not know: the schema is newer than the program. */
  readonly unknown: readonly string[];
}

export async function migrationStatus(dataSource: DataSource): Promise<MigrationStatus> {
  return statusOf(dataSource, dataSource);
}

/**
 * Brings the schema up to date; several processes may do so at once.
 *
 * Everything runs in one transaction, which also holds the lock: so it works through a pool in transaction mode, needs one
 * connection only, leaves no partial schema behind, and ends with its process.
 *
 * @returns the names of the migrations that were run
 * @throws DatabaseError when the schema is newer than the program, or the server refuses
 */
export async function runMigrations(dataSource: DataSource): Promise<readonly string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    // Waiting for another process, or migrating a large table, may take long.
    return await unwatched(runner, async () => migrate(dataSource, runner));
  } catch (error) {
    // A lost connection has nothing to roll back; the first error is the one to report.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error instanceof DatabaseError ? error : failedMigration(error as Error);
  } finally {
    await runner.release();
  }
}

async function migrate(dataSource: DataSource, runner: QueryRunner): Promise<readonly string[]> {
  await runner.startTransaction();
  await runner.query('SET LOCAL statement_timeout = 0');
  await lockUntilCommit(MIGRATION_LOCK, runner);
  await runner.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  refuseNewer(await statusOf(dataSource, runner));
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'none';
  const done = await executor.executePendingMigrations();
  await runner.commitTransaction();
  return done.map(({ name }) => name);
}

/** @throws DatabaseError when a later release has migrated this database */
export function refuseNewer({ unknown }: MigrationStatus): void {
  if (unknown.length === 0) return;
  throw new DatabaseError(
    `the database schema is newer than this program: it has ${unknown.join(', ')}; start the release that made it, or a later one`,
  );
}

async function statusOf(
  { migrations }: DataSource,
  database: Pick<DataSource | QueryRunner, 'query'>,
): Promise<MigrationStatus> {
  const known = migrations.map((migration) => migration.name ?? migration.constructor.name);
  const [{ present }] = (await database.query(`SELECT to_regclass('migrations') IS NOT NULL AS present`)) as [
    { present: boolean },
  ];
  const rows = present ? ((await database.query(`SELECT name FROM migrations ORDER BY id`)) as { name: string }[]) : [];
  const applied = new Set(rows.map((row) => row.name));
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}

/** What to do about common errors of PostgreSQL. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /"timescaledb" is not available|timescaledb.*control file/i,
    'install TimescaleDB on the server, or name another server',
  ],
  [/must be preloaded/i, "add timescaledb to the server's shared_preload_libraries and restart it"],
  [
    /permission denied to create extension/i,
    'let a superuser run CREATE EXTENSION timescaledb in this database once, then start again',
  ],
  [
    /permission denied to create role/i,
    'let a superuser run CREATE ROLE autoscaler_app NOLOGIN; CREATE ROLE autoscaler_readonly NOLOGIN once, then start again',
  ],
  [/permission denied for schema/i, 'grant the role CREATE on the schema'],
  [
    /lock timeout/i,
    'something uses a table that is to change, and SELECT pid, usename, query FROM pg_stat_activity says what (a backup, a long query): let it end, then start again',
  ],
  [
    /under the current "apache" license/i,
    'install the community edition of TimescaleDB, which compresses and aggregates',
  ],
];

function failedMigration(error: Error): DatabaseError {
  const hint = HINTS.find(([pattern]) => pattern.test(error.message))?.[1];
  const message = `the database schema could not be brought up to date: ${error.message}`;
  return new DatabaseError(hint === undefined ? message : `${message}; ${hint}`, { cause: error });
}
