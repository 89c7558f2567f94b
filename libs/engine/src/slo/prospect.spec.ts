import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { settle } from './experts.js';
import { Outlook, Scale } from './outlook.js';
import { binOf } from './bins.js';
import { Prospect } from './prospect.js';

const SPREAD = 0.5;

/** Demand of `high` servers' worth with the given probability, otherwise `low`. */
function eitherOr(low: number, high: number, chance: number): Outlook {
  const scale = new Scale(1);
  scale.set(Math.log(low + 1), SPREAD);
  const outlook = new Outlook(scale);
  outlook.shape[binOf(0)] = 1 - chance;
  outlook.shape[binOf(Math.log((high + 1) / (low + 1)) / SPREAD)]! += chance;
  outlook.set(20_000);
  return outlook;
}

describe('a prospect', () => {
  /** A peak is likely before new servers help, and unlikely at that time. */
  const prospect = new Prospect(eitherOr(10, 30, 0.3), eitherOr(10, 30, 0.001));
  const price = 10;
  const kept = prospect.kept(price);

  it('keeps servers for a peak that it would not add any for', () => {
    expect(kept).toBeGreaterThanOrEqual(30);
    expect(prospect.added(price, kept, false)).toBeLessThan(15);
  });

  it('adds them, too, if the promised utilization is already exceeded', () => {
    expect(prospect.added(price, kept, true)).toBe(kept);
  });

  it('gains from removing unneeded servers, and loses from removing those that a peak needs', () => {
    expect(prospect.gain(60, 40, price)).toBeCloseTo(20, 6);
    expect(prospect.gain(40, 20, price)).toBeLessThan(0);
    expect(prospect.gain(20, 40, price)).toBeLessThan(0);
  });

  it('of a model with one distribution adds as it keeps', () => {
    const one = new Prospect(eitherOr(10, 30, 0.3));
    expect(one.added(price, one.kept(price), false)).toBe(one.kept(price));
  });
});

describe('settling', () => {
  const count = fc.integer({ min: 1, max: 1000 });

  it('scales up to the first proposal', () => {
    fc.assert(
      fc.property(count, count, count, (added, highest, total) => {
        fc.pre(added >= total);
        expect(settle(added, highest, total)).toBe(added);
      }),
    );
  });

  it('scales down to the second, not below the first, and adds nothing', () => {
    fc.assert(
      fc.property(count, count, count, (added, highest, total) => {
        fc.pre(added < total);
        expect(settle(added, highest, total)).toBe(Math.min(total, Math.max(added, highest)));
      }),
    );
  });
});
