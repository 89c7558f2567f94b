import pg from 'pg';
import type { DataSource } from 'typeorm';
import { DatabaseError } from './database.error.js';
import type { Database } from './open-database.js';

/** Any number will do, as long as every instance of this service uses the same one. */
const MIGRATION_LOCK = 4_021_975;

/** Migrations that a database has and that this program has. */
export interface MigrationStatus {
  /** Names that the program knows and the database lacks, in order. */
  readonly pending: readonly string[];
  /** Names that the database has and the program does not know: the schema is newer than the program. */
  readonly unknown: readonly string[];
}

export async function migrationStatus(dataSource: DataSource): Promise<MigrationStatus> {
  const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const [{ present }] = await dataSource.query<[{ present: boolean }]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS present`,
  );
  const rows = present ? await dataSource.query<{ name: string }[]>(`SELECT name FROM migrations ORDER BY id`) : [];
  const applied = new Set(rows.map((row) => row.name));
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}

/**
 * Brings the schema up to date; several processes may do so at once.
 *
 * @returns the names of the migrations that were run
 * @throws DatabaseError when the schema is newer than the program
 */
export async function runMigrations(database: Database): Promise<readonly string[]> {
  const unlock = await lock(database);
  try {
    const { pending, unknown } = await migrationStatus(database);
    if (unknown.length > 0) {
      throw new DatabaseError(
        `the database schema is newer than this program: it has ${unknown.join(', ')}; start the release that made it, or a later one`,
      );
    }
    if (pending.length === 0) return [];
    const done = await database.runMigrations();
    return done.map(({ name }) => name);
  } finally {
    await unlock();
  }
}

/**
 * Holds a transaction-level lock on a connection of its own while the migrations run on others: it passes through a pool in transaction
 * mode, and ends with its process. The embedded database belongs to one process and needs none.
 */
async function lock(database: Database): Promise<() => Promise<void>> {
  if (database.server === undefined) return () => Promise.resolve();
  const client = new pg.Client(database.server);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  return async () => {
    await client.query('COMMIT').catch(() => undefined);
    await client.end();
  };
}
