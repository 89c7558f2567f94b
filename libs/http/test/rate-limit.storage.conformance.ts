import { describe, expect, it } from '@jest/globals';
import type { ThrottlerStorage } from '@nestjs/throttler';

const TTL = 60_000;

/** A storage with nothing counted yet, and time that the test moves. */
export interface StorageUnderTest {
  readonly storage: ThrottlerStorage;
  advance(ms: number): void;
}

/** The contract of every storage of rate limits. */
export function rateLimitStorageContract(make: () => StorageUnderTest | Promise<StorageUnderTest>): void {
  const ask = async ({ storage }: StorageUnderTest, key = 'global:203.0.113.7', limit = 3) =>
    storage.increment(key, TTL, limit, TTL, 'global');

  describe('what an address asked for', () => {
    it('is allowed up to the limit, and then answered with the time until it is allowed again', async () => {
      const counted = await make();
      for (const hits of [1, 2, 3]) expect(await ask(counted)).toMatchObject({ totalHits: hits, isBlocked: false });
      counted.advance(30_000);
      expect(await ask(counted)).toEqual({ totalHits: 4, isBlocked: true, timeToExpire: 30, timeToBlockExpire: 30 });
      counted.advance(30_001);
      expect(await ask(counted)).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('is refused until there is room, however often it asks', async () => {
      const counted = await make();
      for (let hit = 0; hit < 3; hit += 1) await ask(counted);
      for (let again = 0; again < 5; again += 1) expect(await ask(counted)).toMatchObject({ isBlocked: true });
      counted.advance(59_000);
      expect(await ask(counted)).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    });

    it('does not count what was refused: who keeps trying gets in as soon as who waits', async () => {
      const counted = await make();
      for (let hit = 0; hit < 100; hit += 1) await ask(counted);
      counted.advance(TTL + 1);
      expect(await ask(counted)).toMatchObject({ totalHits: 1, isBlocked: false });
    });

    it('is counted by address and limit', async () => {
      const counted = await make();
      for (let hit = 0; hit < 4; hit += 1) await ask(counted);
      expect(await ask(counted, 'global:203.0.113.8')).toMatchObject({ isBlocked: false });
      expect(await ask(counted, 'auth:203.0.113.7')).toMatchObject({ isBlocked: false });
    });

    it('is let in no more often when it comes all at once', async () => {
      const counted = await make();
      const answers = await Promise.all(Array.from({ length: 20 }, async () => ask(counted, 'global:203.0.113.9', 5)));
      expect(answers.filter(({ isBlocked }) => !isBlocked)).toHaveLength(5);
    });
  });
}
