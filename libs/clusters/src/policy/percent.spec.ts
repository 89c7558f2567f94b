import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatPercent, parsePercent } from './percent.js';

describe('percentages', () => {
  it.each([
    ['1%', 0.01],
    ['0.5%', 0.005],
    [' 90 % ', 0.9],
    [0.01, 0.01],
  ])('reads %j as %d', (value, fraction) => {
    expect(parsePercent(value)).toBeCloseTo(fraction, 12);
  });

  it.each(['1', '%', '-1%', 'one%', '', null, Number.NaN, {}])('rejects %j', (value) => {
    expect(parsePercent(value)).toBeNull();
  });

  it('reads what it writes', () => {
    const fractions = fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true });
    fc.assert(
      fc.property(fractions, (fraction) => {
        const read = parsePercent(formatPercent(fraction));
        return read !== null && Math.abs(read - fraction) <= 1e-11 * fraction + Number.MIN_VALUE;
      }),
    );
  });
});
