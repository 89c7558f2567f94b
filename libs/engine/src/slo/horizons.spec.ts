import { describe, expect, it } from '@jest/globals';
import type { Seen } from '../baselines/seen.js';
import { Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';
import { type HorizonScores, judgedHorizons, reportOf, serviceLevelOf } from './report.js';

const DAY = 1440;
const CIRCUMSTANCES = { violations: 0.01, maxUtilization: 0.9, stepSeconds: 60, leadSeconds: 300 };

function seenAt(minute: number, demand: number): Seen {
  return {
    at: (minute + 1) * 60_000,
    tickSeconds: 60,
    cpu: demand / 200,
    served: demand,
    active: 200,
    provisioning: 0,
    min: 1,
    max: 1000,
    leadSeconds: 300,
  };
}

/** A deterministic random walk around 30: uncertainty grows with the horizon. */
function walk(seed: number): () => number {
  let state = seed;
  let level = 30;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    level += state / 2 ** 32 - 0.5 - (level - 30) / 300;
    return level;
  };
}

function learnt(minutes: number, next: () => number): { learner: Learner; horizons: readonly HorizonScores[] } {
  const learner = Learner.begin(CIRCUMSTANCES, 200);
  let seen = seenAt(0, 30);
  for (let minute = 0; minute < minutes; minute++) {
    seen = seenAt(minute, next());
    learner.step(seen);
  }
  return { learner, horizons: reportOf(learner, seen).trust.horizons };
}

describe('scores by horizon', () => {
  it('are kept for half, once and twice the time until new servers help', () => {
    const { learner, horizons } = learnt(3 * DAY, walk(3));
    expect(horizons.map(({ seconds }) => seconds)).toEqual([180, 360, 720]);
    const { coverage: decisive, pinball, bias, settled: count } = reportOf(learner, seenAt(3 * DAY, 30)).trust;
    expect(horizons[1]).toEqual({ seconds: 360, coverage: decisive, pinball, bias, settled: count });
    for (const { coverage, settled, seconds } of horizons) {
      expect(settled).toBe(3 * DAY - seconds / 60);
      expect(coverage['0.5']).toBeGreaterThan(0.35);
      expect(coverage['0.5']).toBeLessThan(0.65);
      expect(coverage['0.9']).toBeGreaterThan(0.8);
      expect(coverage['0.99']).toBeGreaterThan(0.95);
    }
  });

  it('say which horizon decides, and which have enough forecasts', () => {
    const read = (minutes: number): unknown =>
      judgedHorizons(reportOf(learnt(minutes, walk(3)).learner, seenAt(minutes, 30))).map(
        ({ seconds, decides, judged }) => [seconds, decides, judged],
      );
    // Of 365 forecasts over three, six and twelve steps 362, 359 and 353 are over, and 360 are enough.
    expect(read(365)).toEqual([
      [180, false, true],
      [360, true, false],
      [720, false, false],
    ]);
    expect(read(372)).toEqual([
      [180, false, true],
      [360, true, true],
      [720, false, true],
    ]);
  });

  it('say which decides with a horizon of one step, which has no half', () => {
    const learner = Learner.begin({ ...CIRCUMSTANCES, leadSeconds: 0 }, 200);
    const seen = { ...seenAt(0, 30), leadSeconds: 0 };
    learner.step(seen);
    expect(judgedHorizons(reportOf(learner, seen)).map(({ seconds, decides }) => [seconds, decides])).toEqual([
      [60, true],
      [120, false],
    ]);
  });

  it('show that uncertainty grows with the horizon', () => {
    const losses = learnt(3 * DAY, walk(5)).horizons.map(({ pinball }) => pinball['0.9']);
    expect(losses[0]).toBeLessThan(losses[1]!);
    expect(losses[1]).toBeLessThan(losses[2]!);
  });

  it('leave out forecasts that reach into a gap', () => {
    const next = walk(7);
    const { learner } = learnt(600, next);
    learner.learn(seenAt(1000, next()), 600);
    const settled = (): number[] => reportOf(learner, seenAt(0, 30)).trust.horizons.map((one) => one.settled);
    const before = settled();
    for (let minute = 1001; minute < 1004; minute++) learner.step(seenAt(minute, next()));
    expect(settled()).toEqual([before[0]! + 1, before[1], before[2]]);
  });

  it('are restored from a snapshot', () => {
    const next = walk(9);
    const { learner } = learnt(500, next);
    const other = Learner.begin(CIRCUMSTANCES, 1);
    expect(restoreSnapshot(other.parts(), snapshot(learner.parts()))).toBe(true);
    const seen = seenAt(500, next());
    learner.step(seen);
    other.step(seen);
    expect(reportOf(other, seen)).toEqual(reportOf(learner, seen));
  });

  it('are empty in a state of an older version', () => {
    const { learner } = learnt(10, walk(1));
    const report = reportOf(learner, seenAt(10, 30));
    const { horizons, ...trust } = report.trust;
    const stored = { policies: { slo: { report: { ...report, trust } } } };
    expect(horizons).toHaveLength(3);
    expect(serviceLevelOf(stored)).toEqual({ ...report, trust: { ...trust, horizons: [] } });
  });
});
