import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { eventually } from '../../../test/support/eventually.js';
import { DatabaseHealth } from '../src/database.health.js';
import * as locks from '../src/locks.js';
import { openDatabase } from '../src/open-database.js';
import { createTestDatabase, type TestDatabase } from '../src/testing.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

describe('advisory locks', () => {
  it('have different keys, so that unrelated work does not block', () => {
    const keys: unknown[] = Object.values(locks);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the schema', () => {
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
});

describe('health', () => {
  it('answers a ping and reports its pool', async () => {
    const health = new DatabaseHealth(database.dataSource);
    await health.ping();
    expect(health.pool()).toEqual({ total: expect.any(Number), idle: expect.any(Number), waiting: 0 });
    expect(health.pool().total).toBeGreaterThan(0);
  });
});

/** Simulates a restart of the database. */
async function breakConnections(): Promise<void> {
  const { embedded } = database.dataSource;
  if (embedded !== undefined) return embedded.crash();
  const other = await openDatabase({ ...database.config, maxConnections: 1 });
  await other.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  await other.destroy();
}

describe('a database that disconnects', () => {
  it('fails running statements and serves later ones', async () => {
    const { dataSource } = database;
    const [outcome] = await Promise.allSettled([
      dataSource.query('SELECT sum(i) FROM generate_series(1, 200000000) i'),
      breakConnections(),
    ]);
    expect(outcome.status).toBe('rejected');
    await eventually('it answers again', async () => dataSource.query('SELECT 1'));
    await new DatabaseHealth(dataSource).ping();
  });

  it('fails an open transaction, which no later statement inherits', async () => {
    const { dataSource } = database;
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`INSERT INTO revoked_tokens VALUES (gen_random_uuid(), now())`);
    await breakConnections();
    await eventually('the transaction is lost', async () =>
      runner.query('SELECT 1').then(
        () => false,
        () => true,
      ),
    );
    await runner.release();
    const rows = await eventually('it answers again', async () =>
      dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM revoked_tokens'),
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe('an unreachable server', () => {
  it.each([
    [{ 'database.host': '127.0.0.1' }, /^failed to ping database \(127\.0\.0\.1:1\): .*ECONNREFUSED/],
    [{ 'database.host': 'nowhere.invalid' }, /^failed to ping database \(nowhere\.invalid:1\): .*nowhere\.invalid/],
  ])('is named with its port and the cause: %j', async (values, expected) => {
    const { database: config } = configOf({ ...values, 'database.port': 1, 'database.connect_retries': 0 });
    await expect(openDatabase(config)).rejects.toThrow(expected);
  });
});
