import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { PARTITIONS } from '../src/partition.js';
import type { Partitions, Tenant } from '../src/partitions.js';

export const IDLE: Tenant = { vacate: async () => undefined };

export function heldBy(partitions: Partitions): number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => partitions.fenceOf(partition) !== undefined,
  );
}

/** Conformance tests of all implementations of `Partitions`. */
export function conformsToPartitions(create: () => Partitions): void {
  describe('a port of partitions', () => {
    const started: Partitions[] = [];
    afterEach(async () => {
      for (const partitions of started.splice(0)) await partitions.stop();
    });

    async function start(): Promise<Partitions> {
      const partitions = create();
      await partitions.start(IDLE);
      started.push(partitions);
      return partitions;
    }

    it('gives an instance that is alone everything', async () => {
      const partitions = await start();
      await eventually('it holds all partitions', () => heldBy(partitions).length === PARTITIONS);
      expect(partitions.status()).toMatchObject({ held: heldBy(partitions), refused: 0 });
      await eventually('what it holds is confirmed', () => partitions.isConfirmed(60_000));
    });

    it('gives them to the next one when it stops, under no lower tokens', async () => {
      const first = await start();
      await eventually('the first holds all partitions', () => heldBy(first).length === PARTITIONS);
      const before = new Map(heldBy(first).map((partition) => [partition, first.fenceOf(partition)]));
      await first.stop();
      const second = await start();
      await eventually('the second holds all partitions', () => heldBy(second).length === PARTITIONS);
      for (const [partition, fence] of before) {
        const after = second.fenceOf(partition);
        // No token, or a higher one.
        expect(after?.token ?? 0).toBeGreaterThanOrEqual(fence === null ? 0 : (fence?.token ?? 0) + 1);
      }
    });

    it('changes its revision with what is held, and with nothing else', async () => {
      const partitions = await start();
      await eventually('it holds all partitions', () => heldBy(partitions).length === PARTITIONS);
      const { revision } = partitions;
      expect(heldBy(partitions)).toHaveLength(PARTITIONS);
      expect(partitions.revision).toBe(revision);
    });
  });
}
