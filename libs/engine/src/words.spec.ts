import { describe, expect, it } from '@jest/globals';
import { amount, duration, percent, serversOf, share } from './words.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('numbers for people', () => {
  it.each([
    [0, '0 s'],
    [49_200, '49 s'],
    [59_600, '1 min'],
    [90 * SECOND, '1 min 30 s'],
    [5 * MINUTE, '5 min'],
    [599_700, '10 min'],
    [12 * MINUTE + 40 * SECOND, '13 min'],
    [59.6 * MINUTE, '1 h'],
    [7092 * SECOND, '1 h 58 min'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
    [24 * HOUR, '1 d'],
    [76 * HOUR, '3 d 4 h'],
  ])('have two units of time at most: %i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('are rounded so that small shares differ from zero', () => {
    expect([70.706, 99.59, 9.96, 9.94, 0.754, 0.1, 0, -3.14].map(percent)).toEqual(
      '71 %|100 %|10 %|9.9 %|0.75 %|0.1 %|0 %|-3.1 %'.split('|'),
    );
    expect(share(0.01)).toBe('1 %');
    expect([6.7049, 0.04, 123.4].map(amount)).toEqual(['6.7', '0', '123']);
  });

  it('agree with their nouns', () => {
    expect([0, 1, 1.02, 6.7, 12].map(serversOf)).toEqual([
      '0 servers',
      '1 server',
      '1 server',
      '6.7 servers',
      '12 servers',
    ]);
  });
});
