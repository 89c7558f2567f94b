import { describe, expect, it } from '@jest/globals';
import { Budget } from './budget.js';
import { TUNING } from './constants.js';

const PROMISED = 0.01;
const DAY = 1440;
const DEMAND = 10;
/** What is aimed at while nothing is saved or owed. */
const AIM = TUNING.aim * PROMISED;

/** So many steps of the same demand, of which the last ones are served badly. */
function after(good: number, bad = 0): Budget {
  const budget = new Budget(PROMISED, DAY);
  for (let step = 0; step < good; step++) budget.add(DEMAND, false, 0);
  for (let step = 0; step < bad; step++) budget.add(DEMAND, true, 0);
  return budget;
}

describe('the error budget', () => {
  it('is neither saved nor owed before anything was seen', () => {
    const budget = after(0);
    expect(budget.report()).toEqual({ promised: PROMISED, spent: 0, left: 0, burnRate: 0 });
    expect(budget.aim(0)).toBe(AIM);
    expect(budget.usual).toBe(0);
  });

  it('fills at the rate that is aimed at, and holds a day of it', () => {
    const half = after(DAY / 2);
    expect(half.usual).toBeCloseTo(DEMAND);
    expect(half.report().left).toBeCloseTo(0.5);
    expect(after(DAY).report().left).toBeCloseTo(1);
    expect(after(9 * DAY).report().left).toBe(1);
  });

  it('is emptied by what is served badly, and owes three times what it holds at most', () => {
    // Steps that may be bad in a day.
    const held = AIM * DAY;
    for (const bad of [1, 5, 10]) expect(after(DAY, bad).report().left).toBeCloseTo(1 - (bad * (1 - AIM)) / held);
    expect(after(DAY, 10 * Math.ceil(held)).report().left).toBe(-3);
  });

  it('is aimed lower the more of it is overspent, and no lower than that', () => {
    const aims = [after(0), after(DAY, 15), after(DAY, 25), after(DAY, 60), after(DAY, 120)].map((one) => one.aim(0));
    expect(aims[1]).toBeLessThan(aims[0]!);
    expect(aims[2]).toBeLessThan(aims[1]!);
    expect(aims[3]).toBeLessThan(aims[2]!);
    expect(aims[4]).toBe(aims[3]);
    expect(aims[4]).toBeCloseTo(AIM * Math.exp(-3 * TUNING.gain));
  });

  it('is aimed higher while it is saved, by as much as there are episodes that speak for it', () => {
    const saved = after(DAY);
    expect(saved.aim(0)).toBe(AIM);
    const raised = (episodes: number) => saved.aim(episodes) / after(0).aim(episodes);
    expect(raised(TUNING.spendEpisodes)).toBeCloseTo(Math.exp(TUNING.spendGain / 2));
    expect(raised(1e9)).toBeCloseTo(Math.exp(TUNING.spendGain));
    expect(after(DAY / 2).aim(1e9)).toBeLessThan(saved.aim(1e9));
  });

  it('leaves less for what was not seen yet, the more small episodes speak for what was', () => {
    const most = TUNING.mostAim * PROMISED;
    expect(after(0).aim(TUNING.aimEpisodes)).toBeCloseTo((AIM + most) / 2);
    expect(after(0).aim(1e9)).toBeCloseTo(most);
    const [few, many] = [after(DAY, 20), after(DAY, 20)];
    few.add(DEMAND, false, 0);
    many.add(DEMAND, false, 1e9);
    expect(many.report().left).toBeGreaterThan(few.report().left);
  });

  it('tells how fast the last day burnt, 1 as promised, and what was spent over the time of the books', () => {
    const budget = after(20 * DAY);
    // 1 % of a day, one after the other.
    for (let step = 0; step < DAY; step++) budget.add(DEMAND, step % 100 === 0, 0);
    // A day ago still weighs 1 / e.
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
