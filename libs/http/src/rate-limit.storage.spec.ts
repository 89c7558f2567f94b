import { describe, expect, it } from '@jest/globals';
import { Clock } from '#config';
import { RateLimitStorage } from './rate-limit.storage.js';

const TTL = 60_000;

class HandClock extends Clock {
  time = 1_700_000_000_000;
  now(): number {
    return this.time;
  }
}

function storage(): {
  clock: HandClock;
  ask: (key?: string, limit?: number) => ReturnType<RateLimitStorage['increment']>;
} {
  const clock = new HandClock();
  const counted = new RateLimitStorage(clock);
  return { clock, ask: (key = 'global:203.0.113.7', limit = 3) => counted.increment(key, TTL, limit) };
}

describe('what an address asked for', () => {
  it('is let in up to the limit, and told when there is room again', async () => {
    const { clock, ask } = storage();
    for (const hits of [1, 2, 3]) {
      expect(await ask()).toMatchObject({ totalHits: hits, isBlocked: false });
      clock.time += 10_000;
    }
    expect(await ask()).toEqual({ totalHits: 4, isBlocked: true, timeToExpire: 30, timeToBlockExpire: 30 });
    clock.time += 30_000;
    expect(await ask()).toMatchObject({ isBlocked: false });
    expect(await ask()).toMatchObject({ isBlocked: true, timeToBlockExpire: 10 });
  });

  it('is counted over any minute, not by the minute of the clock', async () => {
    const { clock, ask } = storage();
    clock.time += 59_000;
    for (let hit = 0; hit < 3; hit += 1) await ask();
    clock.time += 2_000;
    expect(await ask()).toMatchObject({ isBlocked: true });
  });

  it('does not count what was refused: who keeps trying gets in as soon as who waits', async () => {
    const { clock, ask } = storage();
    for (let hit = 0; hit < 100; hit += 1) await ask();
    clock.time += TTL;
    expect(await ask()).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('is counted by address and limit', async () => {
    const { ask } = storage();
    for (let hit = 0; hit < 4; hit += 1) await ask();
    expect(await ask('global:203.0.113.8')).toMatchObject({ isBlocked: false });
    expect(await ask('auth:203.0.113.7')).toMatchObject({ isBlocked: false });
  });

  it('forgets no hit early among thousands', async () => {
    const { clock, ask } = storage();
    for (let hit = 0; hit < 5_000; hit += 1) {
      clock.time += 100;
      const { totalHits } = await ask('global:203.0.113.7', 10_000);
      expect(totalHits).toBe(Math.min(hit + 1, TTL / 100));
    }
  });
});
