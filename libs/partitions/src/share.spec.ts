import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairPart, shareOf, SHARES } from './share.js';

describe('the arithmetic of shares', () => {
  it('puts every cluster into one share, always the same', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), (id) => {
        const share = shareOf(id);
        expect(Number.isInteger(share) && share >= 0 && share < SHARES).toBe(true);
        expect(shareOf(id)).toBe(share);
      }),
    );
  });

  it('spreads random ids evenly: each first byte counts alike', () => {
    const counts = Array.from({ length: SHARES }, () => 0);
    for (let byte = 0; byte < 256; byte += 1) {
      const share = shareOf(`${byte.toString(16).padStart(2, '0')}000000-0000-4000-8000-000000000000`);
      counts[share] = (counts[share] ?? 0) + 1;
    }
    expect(new Set(counts)).toEqual(new Set([256 / SHARES]));
  });

  it('lets instances hold all shares together, and none much more than its part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (instances) => {
        const most = fairPart(instances);
        expect(most * instances).toBeGreaterThanOrEqual(SHARES);
        expect(most).toBeLessThan(SHARES / instances + 1);
      }),
    );
  });

  it('takes from those that are there when one joins, and never from one below its part', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (instances) => {
        expect(fairPart(instances + 1)).toBeLessThanOrEqual(fairPart(instances));
      }),
    );
    expect(fairPart(0)).toBe(SHARES);
  });
});
