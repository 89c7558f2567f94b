import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nothingObserved, type Observed } from '../chart/series';
import { compared, verdictWords } from './verdict';

/** One point each ten seconds. */
function observed(active: (number | null)[], demand: (number | null)[]): Observed {
  return { ...nothingObserved(), x: active.map((_, index) => index * 10), active, demand };
}
const ALWAYS = [0, 1e15] as const;

describe('the verdict on another count', () => {
  it('counts servers and slow minutes over the time in which both are known', () => {
    const own = observed(Array(61).fill(10), Array(61).fill(6));
    const other = Array.from({ length: 61 }, (_, index) => (index < 31 ? null : index < 49 ? 8 : 6));
    const found = compared(own, other, ALWAYS, 90);
    expect(found).toMatchObject({ ms: 300_000, slowMs: 120_000 });
    expect(found?.servers).toBeCloseTo((18 * 8 + 12 * 6) / 300);
    expect(verdictWords(found!)).toBe('In 5 min it would have used 28 % fewer servers, with 2 slow minutes.');
  });

  it.each([
    [1, 0, 'as many servers, with 0 slow minutes.'],
    [1.04, 60_000, '4 % more servers, with 1 slow minute.'],
    [0.96, 0, '4 % fewer servers, with 0 slow minutes.'],
    [97.15, 61_000, '97.2 times as many servers, with 2 slow minutes.'],
  ])('of %d times the servers, and %d ms', (servers, slowMs, words) => {
    expect(verdictWords({ ms: 3_600_000, servers, slowMs })).toBe(`In 1 h it would have used ${words}`);
  });

  it('is nothing where the other count is unknown, and has no time of a gap', () => {
    const own = observed([10, 10, 10], [1, 1, 1]);
    expect(compared(own, [null, null, null], ALWAYS, 90)).toBeNull();
    expect(compared(own, [9, 9, 9], [1e14, 1e15], 90)).toBeNull();
    const gap = observed([10, 10, null, 10, 10], [1, 1, null, 1, 1]);
    expect(compared(gap, [9, 9, null, 9, 9], ALWAYS, 90)?.ms).toBe(20_000);
  });

  it('of the own count is as many servers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2 }), (active) => {
        expect(
          compared(
            observed(
              active,
              active.map(() => 0),
            ),
            active,
            ALWAYS,
            90,
          )?.servers,
        ).toBeCloseTo(1);
      }),
    );
  });
});
