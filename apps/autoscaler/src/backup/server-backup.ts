import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { AppConfig } from '#config';
import { type Database, DEFAULT_PRIVILEGES, openDatabase, ROLES } from '#database';
import { OperationalError } from '../operational.error.js';
import { PostgresTool } from './postgres-tools.js';

type DatabaseConfig = AppConfig['database'];

const LEFT_OUT = / DEFAULT ACL | EXTENSION - timescaledb | COMMENT - EXTENSION timescaledb /;

/** Dumps the database of a server in pg_restore's format. The dump is consistent, and the service keeps running. */
export async function dumpServer(config: DatabaseConfig, save: (content: Readable) => Promise<void>): Promise<void> {
  const dump = await PostgresTool.start('pg_dump', ['--format=custom'], config);
  const saving = save(dump.output).catch((error: unknown) => {
    // A program whose output is not read would block forever.
    dump.stop();
    throw error;
  });
  // Both must succeed: the output of a failed dump ends as if it were complete.
  const [saved, finished] = await Promise.allSettled([saving, dump.finished()]);
  if (saved.status === 'rejected') throw saved.reason;
  if (finished.status === 'rejected') throw finished.reason;
}

/**
 * Restores a dump into the configured database, which must be empty. Objects are owned by the restoring role; the
 * privileges of the service's roles are restored.
 *
 * @param content opens the dump from its beginning, each time it is called
 * @throws OperationalError if the database is not empty, or the role lacks privileges
 */
export async function restoreServer(config: DatabaseConfig, content: () => Promise<Readable>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autoscaler-restore-'));
  try {
    const list = join(folder, 'list');
    await writeFile(list, await contentsToRestore(config, content));
    // TimescaleDB's jobs and catalog must not change meanwhile (TimescaleDB documentation, "Logical backup with pg_dump
    // and pg_restore").
    await withDatabase(config, prepare);
    const restore = await PostgresTool.start(
      'pg_restore',
      [`--dbname=${config.name}`, '--no-owner', '--exit-on-error', `--use-list=${list}`],
      config,
    );
    const [fed, finished] = await Promise.allSettled([
      content().then(async (dump) => restore.feed(dump)),
      restore.finished(),
    ]);
    // A new session: the setting of the first step applies to sessions that start after it.
    await withDatabase(config, async (database) => {
      await database.query('SELECT timescaledb_post_restore()');
      for (const statement of DEFAULT_PRIVILEGES) await database.query(statement);
      await database.query('ANALYZE');
    });
    const failure = [finished, fed].find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') {
      throw new OperationalError(
        `${(failure.reason as Error).message}; the database holds a part of the backup: drop it, and restore into a new one`,
        { cause: failure.reason },
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * The entries of the dump without TimescaleDB itself, which is installed already, and without default privileges: these
 * name the owner role of the dumped database, which need not exist here.
 */
async function contentsToRestore(config: DatabaseConfig, content: () => Promise<Readable>): Promise<string> {
  const lister = await PostgresTool.start('pg_restore', ['--list'], config);
  const [listed, , finished] = await Promise.allSettled([
    text(lister.output),
    content().then(async (dump) => lister.feed(dump)),
    lister.finished(),
  ]);
  if (finished.status === 'rejected') throw finished.reason;
  if (listed.status === 'rejected') throw listed.reason;
  return listed.value
    .split('\n')
    .filter((line) => !LEFT_OUT.test(line))
    .join('\n');
}

async function prepare(database: Database): Promise<void> {
  const [{ tables }] = await database.query<[{ tables: number }]>(
    `SELECT count(*)::int AS tables FROM pg_class c
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
  );
  if (tables > 0) {
    throw new OperationalError(
      `the database is not empty (${tables} tables): a backup is restored into an empty one; create it, and name it with database.name`,
    );
  }
  await database.query('CREATE EXTENSION IF NOT EXISTS timescaledb');
  for (const statement of ROLES) await database.query(statement);
  await database.query('SELECT timescaledb_pre_restore()');
}

async function withDatabase(config: DatabaseConfig, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await openDatabase({ ...config, statementTimeout: 0 });
  try {
    await work(database);
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    throw new OperationalError(
      `the database could not be prepared for the restore: ${(error as Error).message}; restore as a superuser`,
      { cause: error },
    );
  } finally {
    await database.destroy();
  }
}
