import { describe, expect, it } from '@jest/globals';
import type { ScalingRules } from '../types.js';
import { scaleDownLimit, scaleUpLimit } from './scaling-rules.js';

const NOW = 1_000_000;
const PERIOD = 15_000;
const DEFAULT_UP: ScalingRules = {
  select: 'max',
  rules: [
    { type: 'percent', value: 100, periodMs: PERIOD },
    { type: 'servers', value: 4, periodMs: PERIOD },
  ],
};

function percent(value: number, select: ScalingRules['select'] = 'max'): ScalingRules {
  return { select, rules: [{ type: 'percent', value, periodMs: PERIOD }] };
}

describe('rate limits', () => {
  it.each([
    [1, 5],
    [3, 7],
    [5, 10],
    [50, 100],
  ])('let %d servers become %d at most', (current, most) => {
    expect(scaleUpLimit(current, [], DEFAULT_UP, NOW, PERIOD)).toBe(most);
  });

  it('compound over a tick that is longer than the period', () => {
    expect(scaleUpLimit(10, [], percent(100), NOW, 60_000)).toBe(160);
    expect(scaleDownLimit(16, [], percent(50), NOW, 30_000)).toBe(4);
  });

  it('count changes within the period, and forget them afterwards', () => {
    const changes = [{ at: NOW - 5000, by: 6 }];
    expect(scaleUpLimit(10, changes, percent(100), NOW, 10_000)).toBe(10);
    expect(scaleUpLimit(10, [{ at: NOW - 20_000, by: 6 }], percent(100), NOW, 10_000)).toBe(20);
    expect(scaleDownLimit(10, [{ at: NOW - 5000, by: -10 }], percent(50), NOW, 10_000)).toBe(10);
  });

  it('truncate downwards and round up upwards, as Kubernetes does', () => {
    expect(scaleDownLimit(9, [], percent(10), NOW, PERIOD)).toBe(8);
    expect(scaleDownLimit(15, [], percent(10), NOW, PERIOD)).toBe(13);
    expect(scaleUpLimit(9, [], percent(10), NOW, PERIOD)).toBe(10);
  });

  it('select among rules as configured', () => {
    const rules = DEFAULT_UP.rules;
    expect(scaleUpLimit(10, [], { select: 'max', rules }, NOW, PERIOD)).toBe(20);
    expect(scaleUpLimit(10, [], { select: 'min', rules }, NOW, PERIOD)).toBe(14);
    expect(scaleDownLimit(10, [], { select: 'min', rules }, NOW, PERIOD)).toBe(6);
    expect(scaleDownLimit(10, [], { select: 'max', rules }, NOW, PERIOD)).toBe(0);
    expect(scaleUpLimit(10, [], { select: 'disabled', rules }, NOW, PERIOD)).toBe(10);
  });
});
