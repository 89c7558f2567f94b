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

  it.each(['1', '%', '-1%', 'one%', '', null, Number.NaN, {}])('refuses %j', (value) => {
    expect(parsePercent(value)).toBeNull();
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        (n) => Math.abs((parsePercent(formatPercent(n / 100_000)) ?? 0) - n / 100_000) < 1e-12,
      ),
    );
  });
});
