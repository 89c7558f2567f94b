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
