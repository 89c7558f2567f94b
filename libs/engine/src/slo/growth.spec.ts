import { describe, expect, it } from '@jest/globals';
import { TUNING } from './constants.js';
import { Growth } from './growth.js';
import { History } from './history.js';

const LEAD = 2;

/** The factor after steps with this observed demand; marked ones were saturated. */
function factorAfter(...steps: readonly (readonly [seen: number, saturated?: boolean])[]): number {
  const growth = new Growth(LEAD);
  const history = new History(60);
  for (const [seen, saturated = false] of steps) {
    history.push(seen);
    growth.step(seen, saturated, history);
  }
  return growth.factor;
}

describe('growth hidden by saturation', () => {
  const full = [10, true] as const;

  it('is a prior until the requested servers are active', () => {
    expect(factorAfter([10])).toBeCloseTo(TUNING.firstGrowth);
    expect(factorAfter(full, [12], [12])).toBeCloseTo(TUNING.firstGrowth);
  });

  it('falls if little demand was hidden, and rises if more than planned was', () => {
    const little = factorAfter(full, [12], [12], [12]);
    expect(little).toBeLessThan(TUNING.firstGrowth);
    expect(factorAfter(full, [12], [50], [12])).toBeGreaterThan(TUNING.firstGrowth);
    // New servers were full at once.
    expect(factorAfter(full, [12], [12], [40, true])).toBeGreaterThan(TUNING.firstGrowth);
  });

  it('learns once per saturated step, and from no other', () => {
    const once = factorAfter(full, [12], [12], [12]);
    expect(factorAfter(full, [12], [12], [12], [12], [12], [12])).toBe(once);
    expect(factorAfter(full, full, [12], [12], [12])).toBeLessThan(once);
  });

  it('stays within its limits', () => {
    const little = Array.from({ length: 400 }, (_, step) => (step % 4 === 0 ? full : ([12] as const)));
    expect(factorAfter(...little)).toBeCloseTo(TUNING.leastGrowth);
    expect(factorAfter(...Array.from({ length: 400 }, () => full))).toBeCloseTo(TUNING.mostGrowth);
  });

  it('is at least the growth within the lead time before saturation', () => {
    const crowd = [[9], [9], [9], [29], [49], [69]] as const;
    expect(factorAfter(...crowd)).toBeCloseTo(70 / 10);
    // Load served during saturation depends on the fleet.
    expect(factorAfter(...crowd, [70, true], [70, true])).toBe(factorAfter(...crowd));
    expect(factorAfter([9], [9], [9], [900, true])).toBeCloseTo(TUNING.firstGrowth);
    expect(factorAfter([0], [0], [0], [900])).toBe(TUNING.mostGrowth);
    // Nothing is learned from it.
    expect(factorAfter(...crowd, [60], [50], [10])).toBeCloseTo(TUNING.firstGrowth);
  });

  it('does not mistake a gap for growth', () => {
    const growth = new Growth(LEAD);
    const history = new History(60);
    const step = (seen: number): void => {
      history.push(seen);
      growth.step(seen, false, history);
    };
    for (const seen of [1, 1, 1]) step(seen);
    growth.skip();
    for (const seen of [99, 99, 99, 99]) {
      step(seen);
      expect(growth.factor).toBeCloseTo(TUNING.firstGrowth);
    }
    step(999);
    expect(growth.factor).toBeCloseTo(10);
  });

  it('is kept under another lead time', () => {
    const growth = new Growth(LEAD);
    const history = new History(60);
    for (const [seen, saturated] of [full, [12, false], [12, false], [12, false]] as const) {
      history.push(seen);
      growth.step(seen, saturated, history);
    }
    const other = new Growth(5);
    other.adopt(growth);
    expect(other.factor).toBe(growth.factor);
  });
});
