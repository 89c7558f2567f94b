import { describe, expect, it } from '@jest/globals';
import { parseQuantity } from './quantity.js';

describe('a quantity', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['100m', 0.1],
    // 0.001 * 3 would be 0.003 and a bit.
    ['3m', 0.003],
    ['1100m', 1.1],
    ['123456789n', 0.123456789],
    ['250u', 0.00025],
    ['2k', 2000],
    ['1Ki', 1024],
    ['64Mi', 67_108_864],
    ['1.5Gi', 1_610_612_736],
    ['1Ei', 2 ** 60],
    ['1E', 1e18],
    ['2e3', 2000],
    ['2E-3', 0.002],
    ['-1', -1],
  ])('"%s" is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each(['', 'm', '1 Gi', '1gi', '1KI', '0x10', 'NaN', '1e', '1.2.3', null, undefined, {}])('%j is none', (text) => {
    expect(() => parseQuantity(text)).toThrow('is no quantity');
  });
});
