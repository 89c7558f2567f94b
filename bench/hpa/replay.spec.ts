import { describe, expect, it } from '@jest/globals';
import { type Score, traceOf } from '#world';
import { Load } from './load.js';
import { nearestTargets, playEngine, type Replayed, sweepTargets, TARGETS, tunedIn } from './replay.js';

const HOUR_MS = 3_600_000;
const replayed = (target: number, violation: number, cost: number): Replayed => ({
  target,
  score: { violation, cost } as Score,
});

describe('the target tuned in hindsight', () => {
  it('is the cheapest that keeps the promise', () => {
    expect(tunedIn([replayed(50, 0, 30), replayed(60, 0.01, 20), replayed(70, 0.011, 10)]).target).toBe(60);
  });

  it('is the one that violates it least where none keeps it', () => {
    expect(tunedIn([replayed(50, 0.03, 30), replayed(60, 0.02, 40), replayed(70, 0.2, 10)]).target).toBe(60);
  });

  it('is one of the sweep, not one that was added to it', () => {
    expect(TARGETS).not.toContain(61);
    expect(tunedIn([replayed(50, 0, 30), replayed(61, 0, 10)]).target).toBe(50);
  });

  it.each([
    [60, [57, 60, 62]],
    [5, [5, 7, 10]],
    [95, [90, 92, 95]],
  ])('%d has the neighbors %j', (tuned, nearest) => {
    expect(nearestTargets(tuned)).toEqual(nearest);
  });
});

describe('a replay', () => {
  const points = Array.from({ length: 24 * 14 + 1 }, (_, hour) => ({
    at: hour * HOUR_MS,
    value: 10 + 5 * Math.sin((2 * Math.PI * hour) / 24),
  }));
  const load = Load.of(traceOf('daily', points), 1, Date.UTC(2026, 0, 1));
  const period = {
    from: load.scoredAt - HOUR_MS / 4,
    scoredFrom: load.scoredAt,
    until: load.scoredAt + 2 * HOUR_MS,
  };

  it('scores the scored period only, for all targets and the added ones', () => {
    const swept = sweepTargets(load, period, [61]);
    expect(swept.map(({ target }) => target)).toEqual([...TARGETS, 61]);
    for (const { score } of swept) expect(score.ticks).toBe((2 * HOUR_MS) / 15_000);
    const cost = (target: number) => swept.find((one) => one.target === target)!.score.cost;
    expect(cost(30)).toBeGreaterThan(1.5 * cost(60));
  });

  it('of the service is its history by the minute, up to the end of the period', () => {
    const { minutes, score } = playEngine(load, period);
    expect(minutes).toHaveLength(13 * 1440 + 120);
    expect(minutes[0]!.at).toBe(load.startAt + 60_000);
    expect(minutes.at(-1)!.at).toBe(period.until);
    expect(score.ticks).toBe(120);
    const { cpu, active } = minutes.at(-1)!;
    expect(Math.abs((cpu * active) / load.demandAt(period.until - 60_000) - 1)).toBeLessThan(0.05);
  });
});
