import { describe, expect, it } from '@jest/globals';
import { noiseOf, Random, seedOf } from './random.js';

describe('Random', () => {
  it('draws the same numbers for the same seed, others for another', () => {
    const draw = (seed: number) => {
      const random = Random.seeded(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('continues from a restored state', () => {
    const random = Random.seeded(1);
    random.next();
    const restored = Random.restored(JSON.parse(JSON.stringify(random.state())));
    expect([restored.next(), restored.normal()]).toEqual([random.next(), random.normal()]);
  });

  it('has the mean and deviation of each distribution', () => {
    const random = Random.seeded(42);
    const count = 20_000;
    const mean = (draw: () => number) => Array.from({ length: count }, draw).reduce((sum, x) => sum + x, 0) / count;
    expect(mean(() => random.next())).toBeCloseTo(0.5, 1);
    expect(mean(() => random.normal())).toBeCloseTo(0, 1);
    expect(mean(() => random.normal() ** 2)).toBeCloseTo(1, 1);
    expect(mean(() => random.exponential())).toBeCloseTo(1, 1);
  });
});

describe('noiseOf', () => {
  it('depends on all of its arguments and is uniform over its range', () => {
    expect(noiseOf(1, 2, 3)).toBe(noiseOf(1, 2, 3));
    const others = [
      noiseOf(2, 2, 3),
      noiseOf(1, 3, 3),
      noiseOf(1, 2, 4),
      noiseOf(1, -2, 3),
      noiseOf(1, 2, 3 + 2 ** 32),
    ];
    for (const other of others) expect(other).not.toBe(noiseOf(1, 2, 3));
    const values = Array.from({ length: 20_000 }, (_, cell) => noiseOf(9, 1, cell));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(values.reduce((sum, x) => sum + x, 0) / values.length).toBeCloseTo(0, 1);
    expect(values.reduce((sum, x) => sum + x * x, 0) / values.length).toBeCloseTo(1 / 3, 1);
  });
});

describe('seedOf', () => {
  it('distinguishes texts and seeds', () => {
    expect(seedOf('web', 1)).toBe(seedOf('web', 1));
    expect(new Set([seedOf('web', 1), seedOf('web', 2), seedOf('bew', 1), seedOf('', 1)]).size).toBe(4);
  });
});
