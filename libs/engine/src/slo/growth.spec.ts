import { describe, expect, it } from '@jest/globals';
import { TUNING } from './constants.js';
import { Growth } from './growth.js';
import { History } from './history.js';

const LEAD = 2;

/** What is planned for after steps with so much demand seen, of which those that are marked were saturated. */
function factorAfter(...steps: readonly (readonly [seen: number, saturated?: boolean])[]): number {
  const growth = new Growth(LEAD);
  const history = new History(60);
  for (const [seen, saturated = false] of steps) {
    history.push(seen);
    growth.step(seen, saturated, history);
  }
  return growth.factor;
}

describe('the growth that saturation hides', () => {
  const full = [10, true] as const;

  it('is a guess until the servers that were asked for have shown it', () => {
    expect(factorAfter([10])).toBeCloseTo(TUNING.firstGrowth);
    expect(factorAfter(full, [12], [12])).toBeCloseTo(TUNING.firstGrowth);
  });

  it('is less once little came to light, and more once more did than was planned for', () => {
    const little = factorAfter(full, [12], [12], [12]);
    expect(little).toBeLessThan(TUNING.firstGrowth);
    expect(factorAfter(full, [12], [50], [12])).toBeGreaterThan(TUNING.firstGrowth);
    // New servers were full at once.
    expect(factorAfter(full, [12], [12], [40, true])).toBeGreaterThan(TUNING.firstGrowth);
  });

  it('counts each saturated step once, and nothing else', () => {
    const once = factorAfter(full, [12], [12], [12]);
    expect(factorAfter(full, [12], [12], [12], [12], [12], [12])).toBe(once);
    expect(factorAfter(full, full, [12], [12], [12])).toBeLessThan(once);
  });

  it('stays within bounds', () => {
    const little = Array.from({ length: 400 }, (_, step) => (step % 4 === 0 ? full : ([12] as const)));
    expect(factorAfter(...little)).toBeCloseTo(TUNING.leastGrowth);
    expect(factorAfter(...Array.from({ length: 400 }, () => full))).toBeCloseTo(TUNING.mostGrowth);
  });

  it('is no less than what demand did in the lead time before it was hidden', () => {
    const crowd = [[9], [9], [9], [29], [49], [69]] as const;
    expect(factorAfter(...crowd)).toBeCloseTo(70 / 10);
    // What is served while it is hidden is a matter of the fleet.
    expect(factorAfter(...crowd, [70, true], [70, true])).toBe(factorAfter(...crowd));
    expect(factorAfter([9], [9], [9], [900, true])).toBeCloseTo(TUNING.firstGrowth);
    expect(factorAfter([0], [0], [0], [900])).toBe(TUNING.mostGrowth);
    // Nothing of it is learned.
    expect(factorAfter(...crowd, [60], [50], [10])).toBeCloseTo(TUNING.firstGrowth);
  });

  it('does not take a gap for growth', () => {
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

  it('goes on under another lead time', () => {
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
