import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { type Database, openDatabase } from '#database';
import { eventually } from '../../../test/support/eventually.js';
import { AUTHORITY, startTlsDatabase, type TlsDatabase } from '../../../test/support/tls-database.js';

let server: TlsDatabase;
beforeEach(async () => {
  server = await startTlsDatabase();
});
afterEach(async () => server.close());

async function withPool(settings: Record<string, unknown>, work: (database: Database) => Promise<void>): Promise<void> {
  const { database: config } = configOf({
    'database.host': 'localhost',
    'database.port': server.port,
    'database.user': server.user,
    'database.name': server.name,
    'database.ssl_mode': 'verify-full',
    'database.ssl_ca_file': AUTHORITY,
    ...settings,
  });
  const database = await openDatabase(config);
  try {
    await work(database);
  } finally {
    await database.destroy();
  }
}

describe('the pool', () => {
  it('has no more connections than it may, and closes those that nobody uses', async () => {
    // The server takes one connection after the other: the second is served once the first was closed.
    const settings = { 'database.max_connections': 2, 'database.conn_max_idle_time': '50ms' };
    await withPool(settings, async (database) => {
      await Promise.all(Array.from({ length: 6 }, async () => database.query('SELECT 1')));
      expect(server.encrypted.most).toBe(2);
      await eventually('all are closed', () => server.encrypted.open === 0);
    });
  });

  it('replaces a connection that is older than it may be', async () => {
    const settings = { 'database.max_connections': 1, 'database.conn_max_lifetime': '1s' };
    await withPool(settings, async (database) => {
      const before = server.encrypted.total;
      await eventually('another one is used', async () => {
        await database.query('SELECT 1');
        return server.encrypted.total > before;
      });
    });
  });
});
