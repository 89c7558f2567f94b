import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { SystemClock } from '#config';
import { MemoryRateLimitStorage } from '../src/memory.rate-limit.storage.js';
import { PostgresRateLimitStorage } from '../src/postgres.rate-limit.storage.js';
import { rateLimitStorageContract } from './rate-limit.storage.conformance.js';

// With the same privileges as the service in production.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('autoscaler_app');
});
afterAll(async () => database.close());
// The library reads the clock itself; only the time is faked.
beforeEach(async () => {
  await database.dataSource.query('DELETE FROM rate_limits');
  jest.useFakeTimers({
    now: 1_700_000_000_000,
    doNotFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'].concat([
      'nextTick',
      'queueMicrotask',
      'hrtime',
      'performance',
    ]) as never,
  });
});
afterEach(() => void jest.useRealTimers());

function storageOn(dataSource: DataSource): PostgresRateLimitStorage {
  return new PostgresRateLimitStorage(dataSource, new MemoryRateLimitStorage(new SystemClock()));
}

const ask = async (storage: PostgresRateLimitStorage) =>
  storage.increment('auth:203.0.113.7', 60_000, 3, 60_000, 'auth');

describe('rate limits in the database', () => {
  rateLimitStorageContract(() => ({
    storage: storageOn(database.dataSource),
    advance: (ms) => jest.setSystemTime(Date.now() + ms),
  }));

  it('share one count over all instances', async () => {
    const [a, b] = [storageOn(database.dataSource), storageOn(database.dataSource)];
    for (const storage of [a, b, a]) expect(await ask(storage)).toMatchObject({ isBlocked: false });
    expect(await ask(b)).toMatchObject({ isBlocked: true });
    expect(await ask(a)).toMatchObject({ isBlocked: true });
  });

  it('are counted per instance while the database is unreachable, and together again afterwards', async () => {
    let away = true;
    const dataSource = {
      query: async (text: string, values: unknown[]): Promise<unknown> => {
        if (away) throw new Error('the connection was refused');
        return database.dataSource.query(text, values);
      },
    } as unknown as DataSource;
    const storage = storageOn(dataSource);
    for (let hit = 0; hit < 3; hit += 1) expect(await ask(storage)).toMatchObject({ isBlocked: false });
    expect(await ask(storage)).toMatchObject({ isBlocked: true });
    away = false;
    expect(await ask(storage)).toMatchObject({ totalHits: 1, isBlocked: false });
    expect(await database.dataSource.query('SELECT points FROM rate_limits')).toEqual([{ points: 1 }]);
  });

  it('do not wait for a database that does not answer', async () => {
    const dataSource = { query: async () => new Promise(() => undefined) } as unknown as DataSource;
    expect(await ask(storageOn(dataSource))).toMatchObject({ totalHits: 1, isBlocked: false });
  });
});
