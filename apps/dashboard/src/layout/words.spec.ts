import { describe, expect, it } from '@jest/globals';
import {
  against,
  ago,
  duration,
  durationMs,
  inPercent,
  inSeconds,
  lasted,
  number,
  percent,
  period,
  span,
} from './words';

describe('durations', () => {
  it.each([
    [350, '350 ms'],
    [2509, '2.5 s'],
    [3000, '3 s'],
    [12_700, '13 s'],
    [180_000, '3 min'],
    [5 * 3_600_000, '5 h'],
    [3 * 86_400_000, '3 d'],
  ])('of %i ms are %s', (ms, words) => expect(span(ms)).toBe(words));

  // 90 % of starts within 74 s, and the longest took 80 s: with one unit both would be `1 min`.
  it.each([
    [2509, '2.5 s'],
    [74_000, '1 min 14 s'],
    [80_400, '1 min 20 s'],
    [180_000, '3 min'],
    [119_700, '2 min'],
    [3_900_000, '1 h 5 min'],
    [25 * 3_600_000, '1 d 1 h'],
  ])('with two units, of %i ms, are %s', (ms, words) => expect(duration(ms)).toBe(words));

  it('have no parts of a second, where decisions state them, too', () => {
    expect([300, 653, 2700, 101_400].map(inSeconds)).toEqual(['0 s', '1 s', '3 s', '1 min 41 s']);
  });

  it('that something has lasted begin at a second', () => {
    expect([0, 471, 59_700, 3_700_000].map(lasted)).toEqual(['1 s', '1 s', '1 min', '1 h']);
  });

  it('ago are whole seconds', () => {
    expect(ago(0, 1400)).toBe('just now');
    expect(ago(0, 3400)).toBe('3 s ago');
    expect(ago(0, 59_700)).toBe('1 min ago');
  });

  it.each([
    ['2s509ms', 2509],
    ['120s', 120_000],
    ['1.5h', 5_400_000],
    ['1m1s250ms', 61_250],
    ['7d', 604_800_000],
  ])("in the service's format, %s, are %i ms", (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', 'soon', '5', '5 apples'])('are NaN for “%s”', (text) => expect(durationMs(text)).toBeNaN());
});

describe('numbers', () => {
  it('that are unknown are a dash', () => {
    expect([number(null), number(Number.NaN), percent(undefined)]).toEqual(['–', '–', '–']);
    expect([number(0), number(1234.56), percent(0.012)]).toEqual(['0', '1,234.6', '1.2 %']);
  });

  it('in percent are rounded, and written as shares are', () => {
    expect([inPercent(61.4), inPercent(0.61 * 100, 1), percent(0.61), inPercent(null)]).toEqual([
      '61 %',
      '61 %',
      '61 %',
      '–',
    ]);
  });

  it.each([
    [1.002, 'as much'],
    [0.96, '4 % less'],
    [1.12, '12 % more'],
    [97.15, '97.2 times as much'],
  ])('against others, %d, have a bound', (multiple, words) => expect(against(multiple)).toBe(words));

  it('have a sign if their rounded value is negative', () => {
    expect([number(-0.26), number(-0.04), percent(-0.0001)]).toEqual(['-0.3', '0', '0 %']);
  });
});

describe('a period', () => {
  const DAY = 86_400_000;
  // Noon in the time zone of the tests.
  const now = new Date(2026, 10, 30, 12).getTime();

  it('has the dates of both ends, unless both are today', () => {
    expect(period(now - 3_600_000, now, now)).toBe('11:00:00 to 12:00:00');
    expect(period(now - 7 * DAY, now, now)).toBe('23 Nov, 12:00:00 to 30 Nov, 12:00:00');
    expect(period(now - DAY, now - DAY + 1000, now)).toBe('29 Nov, 12:00:00 to 29 Nov, 12:00:01');
  });
});
