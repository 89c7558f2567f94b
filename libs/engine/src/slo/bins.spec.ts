import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binOf, fillBins } from './bins.js';

/** Not closer to an edge than doubles can distinguish, except the edge at 0. */
const residual = fc.integer({ min: -20_000, max: 20_000 }).map((thousandths) => thousandths / 1000);

describe('bins', () => {
  it('are the same for many residuals at once as one by one', () => {
    fc.assert(
      fc.property(fc.array(residual), fc.double({ min: 0.01, max: 3, noNaN: true }), (residuals, spread) => {
        const rising = Float64Array.from([...residuals, 0]).sort();
        const bins = new Uint8Array(rising.length);
        fillBins(rising, spread, bins);
        expect([...bins]).toEqual([...rising].map((one) => binOf(one / spread)));
      }),
    );
  });
});
