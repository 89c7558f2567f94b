import { randomUUID } from 'node:crypto';
import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import pg from 'pg';
import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { type AppConfig, configOf } from '#config';
import { runMigrations } from './migrate.js';
import { migratedDump } from './migrated-dump.js';
import { type Database, openDatabase } from './open-database.js';

export { EmbeddedDatabase } from './embedded/embedded-database.js';
export { makeMigratedFolder, migratedDump } from './migrated-dump.js';

type Role = 'autoscaler_app' | 'autoscaler_readonly';

/** A real, migrated TimescaleDB for one test. */
export interface TestDatabase {
  readonly dataSource: Database;
  /** Configuration with which `openDatabase` connects to it (on a server). */
  readonly config: AppConfig['database'];
  close(): Promise<void>;
}

/**
 * A fresh database on the server that `DATABASE_URL` names, or else a fresh embedded one in memory. It knows every entity that the test
 * has imported, directly or not.
 *
 * @param role of the test instead of the owner; uses one connection
 */
export async function createTestDatabase(role?: Role): Promise<TestDatabase> {
  const url = process.env['DATABASE_URL'];
  return url === undefined || url === '' ? embeddedDatabase(role) : databaseOnServer(new URL(url), role);
}

/** An embedded database in a folder of `makeMigratedFolder`, which survives a crash. It knows the entities that the test has imported. */
export async function openTestFolder(folder: string): Promise<Database> {
  const { database: config } = configOf({ 'database.data_dir': folder });
  return openDatabase(config, loadedEntities());
}

/** The classes that stand under `@Entity` and `@ViewEntity` in what is loaded. */
function loadedEntities() {
  return getMetadataArgsStorage().tables.map(({ target }) => target);
}

/** Replaces `DatabaseModule` in tests with their own database. */
@Module({})
export class TestDatabaseModule {
  static of({ dataSource }: Pick<TestDatabase, 'dataSource'>): DynamicModule {
    return {
      module: TestDatabaseModule,
      global: true,
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: getDataSourceToken(), useValue: dataSource },
      ],
      exports: [DataSource, getDataSourceToken()],
    };
  }
}

async function embeddedDatabase(role: Role | undefined): Promise<TestDatabase> {
  const { database: config } = configOf({ 'database.data_dir': 'memory' });
  const dataSource = await openDatabase(config, loadedEntities(), { loadFrom: await migratedDump() });
  if (role !== undefined) await dataSource.query(`SET ROLE ${role}`);
  return { dataSource, config, close: async () => dataSource.destroy() };
}

async function databaseOnServer(url: URL, role: Role | undefined): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(url, `CREATE DATABASE ${name}`);
  const { database: config } = configOf({
    'database.host': url.hostname,
    'database.port': url.port === '' ? 5432 : url.port,
    'database.user': decodeURIComponent(url.username),
    'database.password': decodeURIComponent(url.password),
    'database.name': name,
    'database.max_connections': 5,
  });
  let dataSource = await openDatabase(config, loadedEntities());
  await runMigrations(dataSource);
  if (role !== undefined) {
    await dataSource.destroy();
    dataSource = await openDatabase({ ...config, maxConnections: 1 }, loadedEntities());
    await dataSource.query(`SET ROLE ${role}`);
  }
  return {
    dataSource,
    config,
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await administer(url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function administer(url: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Reverts a database to before its first migration. */
export async function undoAllMigrations(dataSource: DataSource): Promise<void> {
  for (const _migration of dataSource.migrations) await dataSource.undoLastMigration();
}
