import pg from 'pg';
import { EmbeddedDatabase } from '#database/testing';
import { DATABASE, PgBouncer } from '../../test/ops/support/pgbouncer.js';
import { DatabaseOnServer } from '../database-on-server.js';

/** The database shared by the instances of a fleet, initially empty. */
export interface FleetDatabase {
  /** Environment variables that make an instance use it. */
  readonly environment: Readonly<Record<string, string>>;
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** The embedded database in this process, behind PgBouncer, because it serves one connection at a time. */
export async function embeddedFleetDatabase(): Promise<FleetDatabase> {
  const database = await EmbeddedDatabase.start({ dataDir: 'memory' });
  let pooler: PgBouncer;
  try {
    pooler = await PgBouncer.start(database);
  } catch (error) {
    await database.stop();
    throw error;
  }
  return {
    environment: {
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: String(pooler.port),
      AUTOSCALER_DATABASE_NAME: DATABASE,
      AUTOSCALER_DATABASE_MAX_CONNECTIONS: '4',
    },
    query: async (text, values) => pooler.query(text, values),
    async stop() {
      await pooler.stop();
      await database.stop();
    },
  };
}

/** A temporary database on a server, which also supports notifications. */
export async function fleetDatabaseOnServer(url: URL): Promise<FleetDatabase> {
  const database = await DatabaseOnServer.create(url);
  const pool = new pg.Pool({ ...database.connection, max: 1 });
  return {
    environment: { ...database.environment(), AUTOSCALER_WEBSOCKET_ADAPTER: 'postgres' },
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    async stop() {
      await pool.end();
      await database.drop();
    },
  };
}
