import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationWords, formatDuration, parseDuration } from './duration.js';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1.5s', 1500],
    ['0', 0],
    ['0s', 0],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '30', '-5s', '5 s', 's', '5y', '5s ', '1e3s', 'NaNs'])('rejects %j', (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration such as 500ms, 30s, 2m, 1h30m or 7d`);
  });

  it('reads what it writes', () => {
    fc.assert(fc.property(fc.nat({ max: 10 * 365 * 86_400_000 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });

  it('does not write an invalid duration', () => {
    expect(() => formatDuration(-1)).toThrow(RangeError);
    expect(() => formatDuration(Number.NaN)).toThrow(RangeError);
  });

  it.each([
    [1, '1 s'],
    [48_300, '49 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_092_000, '1 h 59 min'],
    [7_190_000, '2 h'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms are %s for people', (ms, words) => expect(durationWords(ms)).toBe(words));
});
