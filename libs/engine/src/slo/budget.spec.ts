import { describe, expect, it } from '@jest/globals';
import { Budget } from './budget.js';
import { TUNING } from './constants.js';

const PROMISED = 0.01;
const DAY = 1440;
const DEMAND = 10;
/** The target while nothing is saved or owed. */
const AIM = TUNING.aim * PROMISED;

/** Steps of constant demand, the last ones slow or failed. */
function after(good: number, bad = 0): Budget {
  const budget = new Budget(PROMISED, DAY);
  for (let step = 0; step < good; step++) budget.add(DEMAND, false, 0);
  for (let step = 0; step < bad; step++) budget.add(DEMAND, true, 0);
  return budget;
}

describe('the error budget', () => {
  it('is empty before the first step', () => {
    const budget = after(0);
    expect(budget.report()).toEqual({ promised: PROMISED, spent: 0, left: 0, burnRate: 0 });
    expect(budget.aim(0)).toBe(AIM);
    expect(budget.usual).toBe(0);
  });

  it("fills at the target rate, up to a day's worth", () => {
    const half = after(DAY / 2);
    expect(half.usual).toBeCloseTo(DEMAND);
    expect(half.report().left).toBeCloseTo(0.5);
    expect(after(DAY).report().left).toBeCloseTo(1);
    expect(after(9 * DAY).report().left).toBe(1);
  });

  it('is spent by slow or failed requests, and owes three times its maximum at most', () => {
    // Bad steps that a full budget covers.
    const held = AIM * DAY;
    for (const bad of [1, 5, 10]) expect(after(DAY, bad).report().left).toBeCloseTo(1 - (bad * (1 - AIM)) / held);
    expect(after(DAY, 10 * Math.ceil(held)).report().left).toBe(-3);
  });

  it('lowers the target as it is overspent, down to a limit', () => {
    const aims = [after(0), after(DAY, 15), after(DAY, 25), after(DAY, 60), after(DAY, 120)].map((one) => one.aim(0));
    expect(aims[1]).toBeLessThan(aims[0]!);
    expect(aims[2]).toBeLessThan(aims[1]!);
    expect(aims[3]).toBeLessThan(aims[2]!);
    expect(aims[4]).toBe(aims[3]);
    expect(aims[4]).toBeCloseTo(AIM * Math.exp(-3 * TUNING.gain));
  });

  it('raises the target as it is saved, depending on the number of episodes', () => {
    const saved = after(DAY);
    expect(saved.aim(0)).toBe(AIM);
    const raised = (episodes: number) => saved.aim(episodes) / after(0).aim(episodes);
    expect(raised(TUNING.spendEpisodes)).toBeCloseTo(Math.exp(TUNING.spendGain / 2));
    expect(raised(1e9)).toBeCloseTo(Math.exp(TUNING.spendGain));
    expect(after(DAY / 2).aim(1e9)).toBeLessThan(saved.aim(1e9));
  });

  it('reserves less for unseen events the more small episodes were seen', () => {
    const most = TUNING.mostAim * PROMISED;
    expect(after(0).aim(TUNING.aimEpisodes)).toBeCloseTo((AIM + most) / 2);
    expect(after(0).aim(1e9)).toBeCloseTo(most);
    const [few, many] = [after(DAY, 20), after(DAY, 20)];
    few.add(DEMAND, false, 0);
    many.add(DEMAND, false, 1e9);
    expect(many.report().left).toBeGreaterThan(few.report().left);
  });

  it('reports the burn rate of the last day (1: as promised), and what was spent over the discount period', () => {
    const budget = after(20 * DAY);
    // 1 % of a day, evenly spread.
    for (let step = 0; step < DAY; step++) budget.add(DEMAND, step % 100 === 0, 0);
    // A day ago still has weight 1 / e.
    expect(budget.report().burnRate).toBeCloseTo(1 - Math.exp(-1), 1);
    const { spent } = budget.report();
    for (let step = 0; step < 6 * DAY; step++) budget.add(DEMAND, step % 100 === 0, 0);
    expect(budget.report().burnRate).toBeCloseTo(1, 1);
    expect(spent).toBeGreaterThan(0);
    expect(budget.report().spent).toBeGreaterThan(spent);
    for (let step = 0; step < 3 * DAY; step++) budget.add(DEMAND, false, 0);
    expect(budget.report().burnRate).toBeLessThan(0.1);
    expect(budget.report().spent).toBeGreaterThan(spent);
  });

  it('counts requests, not minutes', () => {
    const quiet = after(DAY);
    const busy = after(DAY);
    quiet.add(DEMAND / 10, true, 0);
    busy.add(10 * DEMAND, true, 0);
    expect(busy.report().left).toBeLessThan(quiet.report().left);
    expect(busy.report().spent).toBeGreaterThan(50 * quiet.report().spent);
  });
});
