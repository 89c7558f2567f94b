import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#config/testing';
import { MemoryRateLimitStorage } from '../src/memory.rate-limit.storage.js';
import { rateLimitStorageContract } from './rate-limit.storage.conformance.js';

const TTL = 60_000;

describe('rate limits in memory', () => {
  rateLimitStorageContract(() => {
    const clock = new ManualClock();
    return { storage: new MemoryRateLimitStorage(clock), advance: (ms) => void (clock.time += ms) };
  });

  it('apply to any minute, not to the minute of the clock', async () => {
    const clock = new ManualClock();
    const storage = new MemoryRateLimitStorage(clock);
    const ask = async () => storage.increment('global:203.0.113.7', TTL, 3);
    for (let hit = 0; hit < 3; hit += 1) {
      await ask();
      clock.time += 20_000;
    }
    expect(await ask()).toMatchObject({ isBlocked: false });
    expect(await ask()).toMatchObject({ isBlocked: true, timeToBlockExpire: 20 });
  });

  it('count every request among thousands', async () => {
    const clock = new ManualClock();
    const storage = new MemoryRateLimitStorage(clock);
    for (let hit = 0; hit < 5_000; hit += 1) {
      clock.time += 100;
      const { totalHits } = await storage.increment('global:203.0.113.7', TTL, 10_000);
      expect(totalHits).toBe(Math.min(hit + 1, TTL / 100));
    }
  });
});
