import { describe, expect, it } from '@jest/globals';
import { parseDecimal } from './decimal.js';

describe('parsing of numbers', () => {
  it.each([
    ['12', 12],
    [' 0.5 ', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['-1e3', -1000],
    ['1E-2', 0.01],
  ])('%j is %d', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it.each(['', ' ', '0x10', '0b1', '0o7', 'Infinity', '1_000', '1,5', '1e', '.', 'NaN', '12 servers'])(
    '%j is rejected',
    (text) => {
      expect(parseDecimal(text)).toBeNaN();
    },
  );
});
