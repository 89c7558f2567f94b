import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configOf } from '#config';
import type { QueryRunner } from 'typeorm';
import { type Database, openDatabase, runMigrations } from '#database';
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
  it('has no more connections than configured, and closes idle ones', async () => {
    // The server accepts one connection at a time: the second is served once the first is closed.
    const settings = { 'database.max_connections': 2, 'database.conn_max_idle_time': '50ms' };
    await withPool(settings, async (database) => {
      await Promise.all(Array.from({ length: 6 }, async () => database.query('SELECT 1')));
      expect(server.encrypted.most).toBe(2);
      await eventually('all are closed', () => server.encrypted.open === 0);
    });
  });

  it('replaces a connection above its maximum age', async () => {
    const settings = { 'database.max_connections': 1, 'database.conn_max_lifetime': '1s' };
    await withPool(settings, async (database) => {
      const before = server.encrypted.total;
      await eventually('another one is used', async () => {
        await database.query('SELECT 1');
        return server.encrypted.total > before;
      });
    });
  });

  describe('of a server that vanished silently', () => {
    const settings = { 'database.max_connections': 1, 'database.statement_timeout': '30s' };

    /** Connects, stops the server, and fakes the timers from then on. */
    async function withoutServer(database: Database): Promise<QueryRunner> {
      const runner = database.createQueryRunner();
      expect(await runner.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      server.mute();
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'Date'] });
      return runner;
    }
    afterEach(() => void jest.useRealTimers());

    it('closes the connection and opens another', async () => {
      await withPool(settings, async (database) => {
        const runner = await withoutServer(database);
        const answer = runner.query('SELECT 2 AS two').catch(({ message }: Error) => message);
        while (jest.getTimerCount() === 0) await setImmediate();
        jest.advanceTimersByTime(40_000);
        expect(await answer).toBe('the database server has said nothing for 40 s');
        jest.useRealTimers();
        expect(await database.query('SELECT 3 AS three')).toEqual([{ three: 3 }]);
      });
    });

    it('waits for a migration however long it takes', async () => {
      await withPool(settings, async (database) => {
        await (await withoutServer(database)).release();
        const migration = runMigrations(database).catch(({ message }: Error) => message);
        for (let turn = 0; turn < 100; turn++) await setImmediate();
        jest.advanceTimersByTime(3_600_000);
        expect(await Promise.race([migration, setImmediate('it waits')])).toBe('it waits');
        jest.useRealTimers();
        server.hangUp();
        expect(await migration).toContain('Connection terminated');
      });
    });
  });
});
