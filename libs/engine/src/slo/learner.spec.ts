import { describe, expect, it } from '@jest/globals';
import type { Seen } from '../baselines/seen.js';
import { SloController } from './controller.js';
import { EXPERTS } from './experts.js';
import { explain, type Explanation } from './explain.js';
import { Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';
import { reportOf } from './report.js';
import { summarise } from './summary.js';

const POLICY = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const DAY = 1440;

/** Uniform numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function seenAt(minute: number, demand: number, active = 200): Seen {
  return {
    at: (minute + 1) * 60_000,
    tickSeconds: 60,
    cpu: demand / active,
    served: demand,
    active,
    provisioning: 0,
    min: 1,
    max: 1000,
    leadSeconds: 120,
  };
}

function make(): Learner {
  const first = seenAt(0, 10);
  return new Learner(new SloController(POLICY, first), first);
}

/** Learns a load, told by the minute; every minute may be looked at. */
function learn(
  minutes: number,
  load: (minute: number) => number,
  onStep?: (learner: Learner, seen: Seen) => void,
): { learner: Learner; seen: Seen } {
  const learner = make();
  let seen = seenAt(0, load(0));
  for (let minute = 0; minute < minutes; minute++) {
    seen = seenAt(minute, load(minute));
    learner.step(seen);
    onStep?.(learner, seen);
  }
  return { learner, seen };
}

/** What is said of the step that was learnt last. */
function explained(learner: Learner, seen: Seen): Explanation {
  const report = reportOf(learner, seen);
  return explain(learner, { seen, policy: POLICY, report, leadTime: undefined, isNewStep: true, desired: 30 });
}

const daily = (minute: number): number => 20 - 12 * Math.cos((2 * Math.PI * minute) / DAY);

describe('whether a series can be predicted', () => {
  it('is not judged before enough was seen', () => {
    const { learner, seen } = learn(200, daily);
    expect(reportOf(learner, seen).trust).toMatchObject({ skill: null, predictable: null });
    expect(reportOf(learner, seen).state).toBe('learning');
    expect(summarise(reportOf(learner, seen))).toMatch(/^Still learning: \d+ forecasts were scored/);
  });

  it('is seen in a load with a day, with noise upon it', () => {
    const next = random(1);
    const { learner, seen } = learn(3 * DAY, (minute) => daily(minute) * (1 + 0.05 * normal(next)));
    const { trust } = reportOf(learner, seen);
    expect(trust.predictable).toBe(true);
    expect(trust.skill).toBeGreaterThan(0.2);
    expect(summarise(reportOf(learner, seen))).toMatch(/^Forecasts are trusted: .* better than today's level/);
  });

  const walk = random(7);
  let level = 3;
  const jitter = random(9);
  it.each([
    [
      'a random walk',
      () => {
        level = Math.max(1, Math.min(5, level + 0.03 * normal(walk)));
        return Math.exp(level);
      },
    ],
    ['one that is drawn anew each minute', () => 10 + 5 * Math.exp(0.5 * normal(jitter))],
  ])('is denied to %s, and the decision says so', (_, load) => {
    const { learner, seen } = learn(DAY, load);
    const report = reportOf(learner, seen);
    expect(report.trust.predictable).toBe(false);
    expect(report.trust.skill).toBeLessThan(0.1);
    expect(summarise(report)).toMatch(/^Demand cannot be predicted from its past/);
    const { steps } = explained(learner, seen);
    expect(steps.find(({ code }) => code === 'forecast')?.reason).toMatch(/says little about what comes\.$/);
  });

  it('needs no skill where nothing changes', () => {
    const { learner, seen } = learn(400, () => 10);
    expect(reportOf(learner, seen).trust).toMatchObject({ skill: null, predictable: true });
  });
});

describe('a cluster that nothing is known of', () => {
  it('is not judged by its first minutes: shadows begin with whatever servers there were', () => {
    const learner = make();
    const { controller } = learner;
    // Far too many servers, of which the thriftiest expert would let go all but what the first minute needs.
    for (let minute = 0; minute < 6; minute++) {
      learner.step(seenAt(minute, 10 + 4 * minute));
      expect(EXPERTS[controller.choice!.expert]!.name).toBe('highest of 15 min + 30 %');
      expect(controller.choice!.desired).toBeGreaterThanOrEqual(Math.ceil((1.3 * (10 + 4 * minute)) / 0.9));
      expect(Math.max(...controller.experts.cost, ...controller.experts.bad)).toBe(0);
    }
    learner.step(seenAt(6, 34));
    expect(Math.min(...controller.experts.cost)).toBeGreaterThan(0);
  });
});

describe('the trust in a model', () => {
  it('turns in both ways, says since when, and a step of the decision tells it', () => {
    const turns: { state: string; since: number; at: number; code: string | undefined }[] = [];
    learn(3 * DAY, daily, (learner, seen) => {
      // Half a day in which everything came higher than was thought possible.
      const { trust } = learner.controller.forecaster;
      if (seen.at === DAY * 60_000)
        for (let step = 0; step < DAY / 2; step++) trust.settle(new Float32Array(3), 0, 1e6, DAY);
      if (learner.turn === 'none' && seen.at % 6_000_000 !== 0) return;
      const report = reportOf(learner, seen);
      expect(report.trust.demoted).toBe(report.state === 'demoted');
      const { steps } = explained(learner, seen);
      const turn = steps.find(({ code }) => code === 'demoted' || code === 'trusted_again');
      if (learner.turn !== 'none')
        turns.push({ state: report.state, since: report.since, at: seen.at, code: turn?.code });
    });
    expect(turns.map(({ state, code }) => ({ state, code }))).toEqual([
      { state: 'trusted', code: undefined },
      { state: 'demoted', code: 'demoted' },
      { state: 'trusted', code: 'trusted_again' },
    ]);
    for (const { since, at } of turns) expect(since).toBe(at);
  });

  it('is part of what is remembered', () => {
    const { learner, seen } = learn(600, daily);
    const restored = make();
    expect(restoreSnapshot(restored.parts(), snapshot(learner.parts()))).toBe(true);
    for (let minute = 600; minute < 660; minute++) {
      expect(restored.step(seenAt(minute, daily(minute)))).toBe(learner.step(seenAt(minute, daily(minute))));
    }
    expect(reportOf(restored, seen)).toEqual(reportOf(learner, seen));
  });
});
