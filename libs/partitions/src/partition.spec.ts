import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairCount, partitionOf, PARTITIONS } from './partition.js';

describe('partition arithmetic', () => {
  it('maps every cluster to one partition, always the same', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), (id) => {
        const partition = partitionOf(id);
        expect(Number.isInteger(partition) && partition >= 0 && partition < PARTITIONS).toBe(true);
        expect(partitionOf(id)).toBe(partition);
      }),
    );
  });

  it('spreads random ids evenly: each first byte is equally likely', () => {
    const counts = Array.from({ length: PARTITIONS }, () => 0);
    for (let byte = 0; byte < 256; byte += 1) {
      const partition = partitionOf(`${byte.toString(16).padStart(2, '0')}000000-0000-4000-8000-000000000000`);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(new Set(counts)).toEqual(new Set([256 / PARTITIONS]));
  });

  it('lets instances hold all partitions together, and none many more than its fair share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (instances) => {
        const most = fairCount(instances);
        expect(most * instances).toBeGreaterThanOrEqual(PARTITIONS);
        expect(most).toBeLessThan(PARTITIONS / instances + 1);
      }),
    );
  });

  it('moves partitions to a joining instance, and none away from an instance below its fair share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (instances) => {
        expect(fairCount(instances + 1)).toBeLessThanOrEqual(fairCount(instances));
      }),
    );
    expect(fairCount(0)).toBe(PARTITIONS);
  });
});
