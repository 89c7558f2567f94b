import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '#config';
import { DatabaseHealth } from './database.health.js';
import { migrationStatus, runMigrations } from './migrate.js';
import { openDatabase } from './open-database.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

describe('a migrated database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());

  it('has the hypertables and the continuous aggregates', async () => {
    const hypertables = await database.dataSource.query<{ name: string }[]>(
      `SELECT hypertable_name AS name FROM timescaledb_information.hypertables ORDER BY 1`,
    );
    expect(hypertables.map(({ name }) => name)).toEqual(['decisions', 'forecasts', 'observations', 'samples']);
    const views = await database.dataSource.query<{ name: string }[]>(
      `SELECT view_name AS name FROM timescaledb_information.continuous_aggregates ORDER BY 1`,
    );
    expect(views.map(({ name }) => name)).toEqual(['observations_by_hour', 'observations_by_minute']);
  });

  it('is left alone by a second migration', async () => {
    expect(await runMigrations(database.dataSource)).toEqual([]);
    expect(await migrationStatus(database.dataSource)).toEqual({ pending: [], unknown: [] });
    expect(await new DatabaseHealth(database.dataSource).isMigrated()).toBe(true);
  });

  it('answers a ping and tells of its pool', async () => {
    const health = new DatabaseHealth(database.dataSource);
    await health.ping();
    expect(health.pool()).toEqual({ total: expect.any(Number), idle: expect.any(Number), waiting: 0 });
    expect(health.pool().total).toBeGreaterThan(0);
  });

  it('is refused when its schema is newer than the program', async () => {
    await database.dataSource.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await expect(runMigrations(database.dataSource)).rejects.toThrow(
      'the database schema is newer than this program: it has FromTheFuture9999999999999',
    );
    await database.dataSource.query(`DELETE FROM migrations WHERE name = 'FromTheFuture9999999999999'`);
  });
});

describe('an embedded database in a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-spec-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it('keeps its data, keeps others out, and ignores the lock of a process that is gone', async () => {
    const dataDir = join(folder, 'data');
    const { database: config } = configOf({ 'database.data_dir': dataDir });
    const first = await openDatabase(config);
    await first.query('CREATE TABLE kept (value integer)');
    await first.query('INSERT INTO kept VALUES (42)');
    await expect(openDatabase(config)).rejects.toThrow(
      `the data folder ${dataDir} is in use by process ${process.pid}`,
    );
    await first.destroy();

    // Larger than any process id, so nobody's.
    await writeFile(`${dataDir}.lock`, '4194305');
    const second = await openDatabase(config);
    expect(await second.query('SELECT value FROM kept')).toEqual([{ value: 42 }]);
    await second.destroy();
  });
});

describe('a server that cannot be reached', () => {
  it('is named with host, port and cause', async () => {
    const { database: config } = configOf({
      'database.host': '127.0.0.1',
      'database.port': 1,
      'database.connect_retries': 0,
    });
    await expect(openDatabase(config)).rejects.toThrow(/^failed to ping database \(127\.0\.0\.1:1\): .*ECONNREFUSED/);
  });
});
