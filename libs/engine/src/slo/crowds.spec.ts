import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MOST_CAUTIOUS, unavoidable } from './crowds.js';
import { EXPERTS } from './experts.js';

const REQUESTS = 10_000;
const OWED = 20;

/** Records in which each of the most cautious forecasts had these slow or failed requests, in this number of episodes. */
function records(each: readonly { readonly bad: number; readonly episodes: number }[]) {
  const bad = new Float32Array(EXPERTS.length);
  const badSquares = new Float32Array(EXPERTS.length);
  for (const [index, expert] of MOST_CAUTIOUS.entries()) {
    const { bad: sum, episodes } = each[index]!;
    bad[expert] = sum;
    badSquares[expert] = sum ** 2 / episodes;
  }
  return { requests: REQUESTS, bad, badSquares };
}

const same = (bad: number, episodes: number) => records(MOST_CAUTIOUS.map(() => ({ bad, episodes })));

describe('what no forecast would have served', () => {
  it('is measured by the forecast at the highest price of each model', () => {
    expect(MOST_CAUTIOUS.map((expert) => EXPERTS[expert]!.name)).toEqual([
      'forecast at price 512',
      'forecast by analogues at price 512',
      'forecast by tops at price 512',
    ]);
  });

  it('is the part of one episode above the largest debt', () => {
    expect(unavoidable(same(80, 1), OWED)).toBeCloseTo((80 - OWED) / REQUESTS, 6);
    expect(unavoidable(same(80, 2), OWED)).toBeCloseTo((40 - OWED) / REQUESTS, 6);
  });

  it('is nothing where all episodes are small, however many', () => {
    expect(unavoidable(same(80, 8), OWED)).toBe(0);
    expect(unavoidable(same(0, 1), OWED)).toBe(0);
  });

  it('is nothing if one of them served the crowd', () => {
    const [first, ...others] = MOST_CAUTIOUS.map(() => ({ bad: 80, episodes: 1 }));
    expect(unavoidable(records([{ ...first!, bad: 0 }, ...others]), OWED)).toBe(0);
  });

  it('is never more than the least record of them, nor more where more may be owed', () => {
    const one = fc.record({
      bad: fc.double({ min: 0, max: 1e4, noNaN: true }),
      episodes: fc.double({ min: 0.1, max: 100, noNaN: true }),
    });
    const positive = fc.double({ min: 0, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(one, one, one), positive, positive, (each, owed, more) => {
        const share = unavoidable(records(each), owed);
        const least = Math.min(...each.map(({ bad }) => Math.fround(bad)));
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(least / REQUESTS);
        expect(unavoidable(records(each), owed + more)).toBeLessThanOrEqual(share);
      }),
    );
  });
});
