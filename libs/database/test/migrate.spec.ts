import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DatabaseHealth } from '../src/database.health.js';
import { migrationStatus, refuseNewer, runMigrations } from '../src/migrate.js';
import { type Database, openDatabase } from '../src/open-database.js';
import { createTestDatabase, type TestDatabase, undoAllMigrations } from '../src/testing.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

async function tables(): Promise<string[]> {
  const rows = await database.dataSource.query<{ name: string }[]>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Separate processes have separate connections; the embedded database has one for all. */
async function anotherInstance(): Promise<Database> {
  return database.config.host === '' ? database.dataSource : openDatabase(database.config);
}

class Broken9999999999999 implements MigrationInterface {
  readonly name = 'Broken9999999999999';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_of_it (id integer)');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

describe('migrations', () => {
  it('do nothing on an up-to-date database', async () => {
    expect(await runMigrations(database.dataSource)).toEqual([]);
    expect(await migrationStatus(database.dataSource)).toEqual({ pending: [], unknown: [] });
    expect(await new DatabaseHealth(database.dataSource).isMigrated()).toBe(true);
  });

  it('run once when several instances start at once, and can be reverted', async () => {
    const before = await tables();
    await undoAllMigrations(database.dataSource);
    expect(await tables()).toEqual(['migrations']);
    expect(await new DatabaseHealth(database.dataSource).isMigrated()).toBe(false);

    const others = await Promise.all([anotherInstance(), anotherInstance(), anotherInstance()]);
    const done = await Promise.all(others.map(async (other) => runMigrations(other)));
    for (const other of others) if (other !== database.dataSource) await other.destroy();
    expect(done.flat()).toEqual(database.dataSource.migrations.map(({ name }) => name));
    expect(await tables()).toEqual(before);
  });

  it('add columns to decisions that are compressed already', async () => {
    const { dataSource } = database;
    const columns = async (): Promise<unknown[]> =>
      dataSource.query(`SELECT 1 FROM pg_attribute WHERE attrelid = 'decisions'::regclass AND attname = 'theirs_by'`);
    while ((await columns()).length > 0) await dataSource.undoLastMigration();
    const id = '00000000-0000-4000-8000-0000000000d1';
    await dataSource.query(
      `INSERT INTO decisions (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps)
       VALUES (now() - INTERVAL '9 days', $1, $1, 'MAINTAIN', 2, 2, 2, 0, 'slo', 'steady', '', 'act', '[]')`,
      [id],
    );
    await dataSource.query(`SELECT compress_chunk(chunk) FROM show_chunks('decisions') chunk`);
    await runMigrations(dataSource);
    expect(await dataSource.query(`SELECT desired, theirs_by, theirs_desired FROM decisions`)).toEqual([
      { desired: 2, theirs_by: null, theirs_desired: null },
    ]);
    await dataSource.query(`SELECT drop_chunks('decisions', now())`);
  });

  it('add a column to forecasts that are compressed already', async () => {
    const { dataSource } = database;
    const columns = async (): Promise<unknown[]> =>
      dataSource.query(`SELECT 1 FROM pg_attribute WHERE attrelid = 'forecasts'::regclass AND attname = 'hpa_desired'`);
    while ((await columns()).length > 0) await dataSource.undoLastMigration();
    await dataSource.query(
      `INSERT INTO forecasts (at, cluster_id, horizon_ms, model, level, upper, quantiles)
       VALUES (now() - INTERVAL '9 days', '00000000-0000-4000-8000-0000000000d1', 1000, 'slo', 0.9, 2, '{}')`,
    );
    await dataSource.query(`SELECT compress_chunk(chunk) FROM show_chunks('forecasts') chunk`);
    await runMigrations(dataSource);
    expect(await dataSource.query(`SELECT upper, hpa_desired FROM forecasts`)).toEqual([
      { upper: 2, hpa_desired: null },
    ]);
    await dataSource.query(`SELECT drop_chunks('forecasts', now())`);
  });

  it('add columns to observations that are compressed already, which the previous release still writes', async () => {
    const { dataSource } = database;
    const columns = async (): Promise<unknown[]> =>
      dataSource.query(
        `SELECT 1 FROM pg_attribute WHERE attrelid = 'observations'::regclass AND attname = 'measured_bad_rate'`,
      );
    const insert = `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, saturated)
      VALUES (now() - $2::interval, $1, 2, 0, 0, 2, false)`;
    const id = '00000000-0000-4000-8000-0000000000d2';
    while ((await columns()).length > 0) await dataSource.undoLastMigration();
    await dataSource.query(insert, [id, '9 days']);
    await dataSource.query(`SELECT compress_chunk(chunk) FROM show_chunks('observations') chunk`);
    await runMigrations(dataSource);
    await dataSource.query(insert, [id, '0']);
    const unknown = { active: 2, measured_request_rate: null, measured_bad_rate: null };
    expect(await dataSource.query(`SELECT active, measured_request_rate, measured_bad_rate FROM observations`)).toEqual(
      [unknown, unknown],
    );
    await dataSource.query(`SELECT drop_chunks('observations', now() + INTERVAL '1 day')`);
  });

  it('are refused when the schema is newer than the program', async () => {
    await database.dataSource.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    const newer = 'the database schema is newer than this program: it has FromTheFuture9999999999999';
    await expect(runMigrations(database.dataSource)).rejects.toThrow(newer);
    const status = await migrationStatus(database.dataSource);
    expect(() => refuseNewer(status)).toThrow(newer);
    expect(await new DatabaseHealth(database.dataSource).isMigrated()).toBe(false);
    await database.dataSource.query(`DELETE FROM migrations WHERE name = 'FromTheFuture9999999999999'`);
  });

  it('leave nothing behind when one fails, and report it', async () => {
    const { dataSource } = database;
    const before = await tables();
    dataSource.migrations.push(new Broken9999999999999());
    try {
      await expect(runMigrations(dataSource)).rejects.toThrow(
        'the database schema could not be brought up to date: division by zero',
      );
    } finally {
      dataSource.migrations.pop();
    }
    expect(await tables()).toEqual(before);
    expect(await runMigrations(dataSource)).toEqual([]);
  });
});
