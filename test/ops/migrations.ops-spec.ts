import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { configOf } from '#config';
import { type Database, openDatabase, runMigrations } from '#database';
import { PASSWORD, PostgresServer } from './support/postgres.js';

class Widen1767225600000 implements MigrationInterface {
  readonly name = 'Widen1767225600000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE more (id integer)');
    await runner.query('ALTER TABLE used ADD COLUMN note text');
  }
  async down(): Promise<void> {}
}

// Debian's PostgreSQL has no TimescaleDB, so a test migration is used.
let server: PostgresServer;
let migrating: Database;
let using: Database;
beforeAll(async () => {
  server = await PostgresServer.start();
  await server.administer('postgres', 'CREATE TABLE used (id integer)');
  const { database: config } = configOf({
    'database.host': '127.0.0.1',
    'database.port': server.port,
    'database.user': 'postgres',
    'database.password': PASSWORD,
    'database.name': 'postgres',
  });
  migrating = await openDatabase(config);
  migrating.migrations.splice(0, migrating.migrations.length, new Widen1767225600000());
  using = await openDatabase(config);
});
afterAll(async () => {
  await migrating?.destroy();
  await using?.destroy();
  await server?.stop();
});

it('a migration gives up on a locked table, changes nothing, and says what to do', async () => {
  await using.transaction(async (manager) => {
    // A backup holds such a lock for hours.
    await manager.query('LOCK TABLE used IN ACCESS SHARE MODE');
    await expect(runMigrations(migrating)).rejects.toThrow(
      /could not be brought up to date: canceling statement due to lock timeout; .*pg_stat_activity/,
    );
    expect(await manager.query(`SELECT to_regclass('more') AS more, to_regclass('migrations') AS migrations`)).toEqual([
      { more: null, migrations: null },
    ]);
  });
  expect(await runMigrations(migrating)).toEqual(['Widen1767225600000']);
});
