import { describe, expect, it } from '@jest/globals';
import { Random } from '../random.js';
import { drawDuration, type DurationDraw } from './duration.js';

const draws = (draw: DurationDraw) => {
  const random = Random.seeded(3);
  return Array.from({ length: 4000 }, () => drawDuration(draw, random)).sort((one, other) => one - other);
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('drawDuration', () => {
  it('fixed is constant', () => {
    expect(new Set(draws({ kind: 'fixed', ms: 120_000 }))).toEqual(new Set([120_000]));
  });

  it('uniform stays within its limits', () => {
    const drawn = draws({ kind: 'uniform', minMs: 1000, maxMs: 3000 });
    expect([drawn[0]! >= 1000, drawn.at(-1)! <= 3000]).toEqual([true, true]);
    expect(mean(drawn) / 2000).toBeCloseTo(1, 1);
  });

  it('lognormal has its median and spread', () => {
    const drawn = draws({ kind: 'lognormal', medianMs: 120_000, spread: 0.2 });
    expect(drawn[2000]! / 120_000).toBeCloseTo(1, 1);
    expect(Math.log(drawn[Math.floor(4000 * 0.84)]! / 120_000)).toBeCloseTo(0.2, 1);
  });

  it('exponential has its mean', () => {
    expect(mean(draws({ kind: 'exponential', meanMs: 10_000 })) / 10_000).toBeCloseTo(1, 1);
  });
});
