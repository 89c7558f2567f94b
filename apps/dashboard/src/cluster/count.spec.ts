import { describe, expect, it } from '@jest/globals';
import { changeWords, isLarge, whyNot, within } from './count';

describe('a manual change of the count', () => {
  it.each([
    [60, 6, true],
    [60, 29, true],
    [60, 30, false],
    [60, 120, false],
    [60, 121, true],
    [3, 200, true],
    [3, 1, true],
    [1, 2, false],
    [1, 3, true],
    [0, 2, false],
    [0, 3, true],
    [5, 5, false],
  ])('from %i to %i needs confirmation: %s', (from, to, asked) => expect(isLarge(from, to)).toBe(asked));

  it.each([
    [3, 200, '3 → 200, +197 servers'],
    [3, 4, '3 → 4, +1 server'],
    [60, 6, '60 → 6, −54 servers'],
    [5, 5, 'Hold at 5 servers'],
    [null, 5, 'Hold at 5 servers'],
  ] as const)('from %p to %i is described as: %s', (from, to, words) => expect(changeWords(from, to)).toBe(words));

  it.each([
    [999, /^At most 200.*max_servers/],
    [1, /^At least 2.*min_servers/],
    ['', /whole number/],
    [3.5, /whole number/],
  ])("to %p is rejected with the form's message", (count, words) =>
    expect(whyNot(count, { min: 2, max: 200 })).toMatch(words),
  );

  it('may be to a bound', () => {
    expect([2, 200].map((count) => whyNot(count, { min: 2, max: 200 }))).toEqual([null, null]);
  });

  it('stays within bounds', () => {
    expect([1, 5, 9].map((count) => within(count, { min: 2, max: 6 }))).toEqual([2, 5, 6]);
  });
});
