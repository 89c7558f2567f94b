import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { SHARES } from '../src/share.js';
import type { Shares, Tenant } from '../src/shares.js';

export const IDLE: Tenant = { vacate: async () => undefined };

export function heldBy(shares: Shares): number[] {
  return Array.from({ length: SHARES }, (_, share) => share).filter((share) => shares.fenceOf(share) !== undefined);
}

/** What holds for whatever gives shares out. */
export function conformsToShares(create: () => Shares): void {
  describe('a port of shares', () => {
    const started: Shares[] = [];
    afterEach(async () => {
      for (const shares of started.splice(0)) await shares.stop();
    });

    async function start(): Promise<Shares> {
      const shares = create();
      await shares.start(IDLE);
      started.push(shares);
      return shares;
    }

    it('gives an instance that is alone everything', async () => {
      const shares = await start();
      await eventually('it holds all shares', () => heldBy(shares).length === SHARES);
      expect(shares.status()).toMatchObject({ held: heldBy(shares), refused: 0 });
    });

    it('gives them to the next one when it stops, under no lower tokens', async () => {
      const first = await start();
      await eventually('the first holds all shares', () => heldBy(first).length === SHARES);
      const before = new Map(heldBy(first).map((share) => [share, first.fenceOf(share)]));
      await first.stop();
      const second = await start();
      await eventually('the second holds all shares', () => heldBy(second).length === SHARES);
      for (const [share, fence] of before) {
        const after = second.fenceOf(share);
        // No token, or a higher one.
        expect(after?.token ?? 0).toBeGreaterThanOrEqual(fence === null ? 0 : (fence?.token ?? 0) + 1);
      }
    });

    it('changes its revision with what is held, and with nothing else', async () => {
      const shares = await start();
      await eventually('it holds all shares', () => heldBy(shares).length === SHARES);
      const { revision } = shares;
      expect(heldBy(shares)).toHaveLength(SHARES);
      expect(shares.revision).toBe(revision);
    });
  });
}
