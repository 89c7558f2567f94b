import { describe, expect, it } from '@jest/globals';
import { traceOf } from '#world';
import { Load } from './load.js';
import { FleetScorer } from './score.js';

const HOUR_MS = 3_600_000;
const SLOT_MS = 1500;
const points = Array.from({ length: 24 * 14 + 1 }, (_, hour) => ({ at: hour * HOUR_MS, value: 10 }));
/** 40 servers' worth of work, always. */
const load = Load.of(traceOf('constant', points), 1, Date.UTC(2026, 0, 1));
const { scoredAt } = load;
const period = { from: scoredAt - HOUR_MS, scoredFrom: scoredAt, until: scoredAt + HOUR_MS };
const fleet = (active: number, provisioning = 0, desired = active + provisioning) => ({
  active,
  provisioning,
  desired,
});

describe('the score of a fleet', () => {
  it('is slow requests, server-hours and actions', () => {
    const scorer = new FleetScorer(load, period, SLOT_MS);
    scorer.advance(scoredAt, fleet(50));
    // A quarter of the hour above 90 %, with six more on their way.
    scorer.advance(scoredAt + HOUR_MS / 4, fleet(44, 6, 50));
    scorer.advance(scoredAt + HOUR_MS, fleet(60, 0, 60));
    const { violation, cost, actionsPerDay, ticks } = scorer.score;
    expect(ticks).toBe(HOUR_MS / SLOT_MS);
    expect(violation).toBeCloseTo(0.25);
    expect(cost).toBeCloseTo(50 / 4 + (60 * 3) / 4);
    expect(actionsPerDay).toBeCloseTo(24);
  });

  it('counts nothing before and after the scored period', () => {
    const scorer = new FleetScorer(load, period, SLOT_MS);
    for (const [at, active] of [
      [-60_000, 1],
      [-30_000, 30],
      [0, 60],
    ] as const)
      scorer.advance(scoredAt + at, fleet(active));
    scorer.advance(period.until, fleet(60));
    scorer.advance(period.until + 60_000, fleet(1));
    expect(scorer.score).toMatchObject({ ticks: HOUR_MS / SLOT_MS, violation: 0, actionsPerDay: 0 });
    expect(scorer.score.cost).toBeCloseTo(60);
  });

  it('counts a change that is seen before its slot has ended', () => {
    const scorer = new FleetScorer(load, period, SLOT_MS);
    scorer.advance(scoredAt + SLOT_MS, fleet(50));
    scorer.advance(scoredAt + 1.5 * SLOT_MS, fleet(51));
    scorer.advance(scoredAt + 2 * SLOT_MS, fleet(51));
    scorer.advance(period.until, fleet(51));
    expect(scorer.score.actionsPerDay).toBeCloseTo(24);
  });

  it('misses no slot where it is called late, and no change before the first count', () => {
    const scorer = new FleetScorer(load, period, SLOT_MS);
    scorer.advance(scoredAt, { active: 60, provisioning: 0, desired: null });
    scorer.advance(scoredAt + 10 * SLOT_MS, fleet(60));
    expect(scorer.score).toMatchObject({ ticks: 10, actionsPerDay: 0 });
  });
});
