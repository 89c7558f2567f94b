import { describe, expect, it } from '@jest/globals';
import { type MetricReading, replicasFor } from './replica-calculator.js';

function all(count: number, value: number): MetricReading {
  return { values: Array.from({ length: count }, () => value), missing: 0, unready: 0 };
}

function propose(reading: MetricReading, target: number, current: number) {
  return replicasFor(reading, target, current, 0.1, 100);
}

// The cases are those of the Kubernetes documentation and of replica_calculator_test.go.
describe('servers for a metric', () => {
  it.each([
    ['doubles at twice the target', all(3, 200), 100, 3, 6],
    ['halves at half the target', all(4, 25), 50, 4, 2],
    ['rounds up', all(5, 61), 50, 5, 7],
    ['stays within tolerance above', all(10, 54.9), 50, 10, 10],
    ['stays within tolerance below', all(10, 45.1), 50, 10, 10],
    ['leaves tolerance', all(10, 55.6), 50, 10, 12],
    ['does not round an exact count up', all(3, 80), 60, 3, 4],
    ['goes down to one', all(10, 1), 60, 10, 1],
  ])('%s', (_name, reading, target, current, expected) => {
    expect(propose(reading, target, current)?.desired).toBe(expected);
  });

  it('counts unready servers as idle when scaling up', () => {
    // Two ready servers at 90 % with target 60 %: 3 servers on their own; with a third pending (0 %) the three are on
    // target.
    expect(propose({ values: [90, 90], missing: 0, unready: 1 }, 60, 3)).toMatchObject({
      desired: 3,
      code: 'held_by_unknown',
    });
    expect(propose({ values: [100, 100, 100], missing: 0, unready: 1 }, 60, 4)?.desired).toBe(5);
  });

  it('leaves unready servers out when scaling down', () => {
    expect(propose({ values: [20, 20, 20], missing: 0, unready: 2 }, 60, 5)?.desired).toBe(1);
  });

  it('counts silent servers as full when scaling down and as idle when scaling up', () => {
    expect(propose({ values: [30, 30, 30], missing: 1, unready: 0 }, 60, 4)).toMatchObject({ desired: 4 });
    expect(propose({ values: [6, 6, 6], missing: 1, unready: 0 }, 60, 4)?.desired).toBe(2);
    expect(propose({ values: [90, 90], missing: 2, unready: 0 }, 60, 4)).toMatchObject({
      desired: 4,
      code: 'held_by_unknown',
    });
    expect(propose({ values: [150, 150], missing: 1, unready: 0 }, 60, 3)?.desired).toBe(5);
  });

  it('returns null without any metric', () => {
    expect(propose({ values: [], missing: 3, unready: 0 }, 60, 3)).toBeNull();
  });
});
