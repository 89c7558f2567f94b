import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairCount, partitionOf, PARTITIONS } from './partition.js';

describe('the arithmetic of partitions', () => {
  it('puts every cluster into one partition, always the same', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), (id) => {
        const partition = partitionOf(id);
        expect(Number.isInteger(partition) && partition >= 0 && partition < PARTITIONS).toBe(true);
        expect(partitionOf(id)).toBe(partition);
      }),
    );
  });

  it('spreads random ids evenly: each first byte counts alike', () => {
    const counts = Array.from({ length: PARTITIONS }, () => 0);
    for (let byte = 0; byte < 256; byte += 1) {
      const partition = partitionOf(`${byte.toString(16).padStart(2, '0')}000000-0000-4000-8000-000000000000`);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(new Set(counts)).toEqual(new Set([256 / PARTITIONS]));
  });

  it('lets instances hold all partitions together, and none much more than its part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (instances) => {
        const most = fairCount(instances);
        expect(most * instances).toBeGreaterThanOrEqual(PARTITIONS);
        expect(most).toBeLessThan(PARTITIONS / instances + 1);
      }),
    );
  });

  it('takes from those that are there when one joins, and never from one below its part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (instances) => {
        expect(fairCount(instances + 1)).toBeLessThanOrEqual(fairCount(instances));
      }),
    );
    expect(fairCount(0)).toBe(PARTITIONS);
  });
});
