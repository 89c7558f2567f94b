import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { restoreSnapshot, snapshot } from '../slo/memory.js';
import { SlidingMax } from './sliding-max.js';

const WINDOW_MS = 300_000;

/** Counts at rising times. */
function values(least: number, most: number) {
  return fc
    .array(fc.record({ after: fc.integer({ min: least, max: most }), count: fc.nat({ max: 12 }) }), {
      minLength: 1,
      maxLength: 80,
    })
    .map((steps) => {
      let at = 0;
      return steps.map(({ after, count }) => ({ at: (at += after), count }));
    });
}

describe('the sliding maximum', () => {
  it('is the highest value younger than the window, however often values arrive', () => {
    fc.assert(
      fc.property(values(1000, 200_000), values(1000, 9000), (seldom, often) => {
        for (const series of [seldom, often]) {
          const highest = new SlidingMax(WINDOW_MS);
          for (const [index, { at, count }] of series.entries()) {
            const young = series.slice(0, index + 1).filter((earlier) => earlier.at > at - WINDOW_MS);
            expect(highest.push(at, count)).toBe(Math.max(...young.map((value) => value.count)));
          }
        }
      }),
    );
  });

  it('has a state of constant size with one value per minute', () => {
    const size = snapshot([new SlidingMax(WINDOW_MS)]).length;
    fc.assert(
      fc.property(values(0, 59_000), fc.nat({ max: 79 }), (series, cut) => {
        const kept = new SlidingMax(WINDOW_MS);
        const restored = new SlidingMax(WINDOW_MS);
        // Anywhere within its minute.
        const seen = series.map(({ at, count }, index) => ({ at: 60_000 * index + (at % 60_000), count }));
        for (const { at, count } of seen.slice(0, cut)) kept.push(at, count);
        expect(snapshot([kept]).length).toBe(size);
        expect(restoreSnapshot([restored], snapshot([kept]))).toBe(true);
        for (const { at, count } of seen.slice(cut)) expect(restored.push(at, count)).toBe(kept.push(at, count));
      }),
    );
  });
});
