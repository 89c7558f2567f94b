import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Seen } from '../baselines/seen.js';
import type { Step } from '../types.js';
import { SloController } from './controller.js';
import { MOST_CAUTIOUS } from './crowds.js';
import { EXPERTS, FORECASTS } from './experts.js';
import { explain, type Explanation } from './explain.js';
import { Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';
import type { Outlook } from './outlook.js';
import { reportOf } from './report.js';
import { Scores, TRUST_LEVELS } from './scores.js';

const POLICY = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const DAY = 1440;

/** Deterministic uniform numbers. */
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

/** Learns a load by the minute; a callback may inspect every minute. */
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

/** The explanation of the last learned step. */
function explained(learner: Learner, seen: Seen): Explanation {
  const report = reportOf(learner, seen);
  return explain(learner, {
    seen,
    policy: POLICY,
    report,
    leadTime: undefined,
    isNewStep: true,
    isOutgrown: false,
    wished: 30,
    kept: 30,
    saturated: false,
    limit: null,
  });
}

const daily = (minute: number): number => 20 - 12 * Math.cos((2 * Math.PI * minute) / DAY);

describe('predictability', () => {
  it('is unknown before enough was seen', () => {
    const { learner, seen } = learn(200, daily);
    expect(reportOf(learner, seen).trust).toMatchObject({ skill: null, predictable: null });
    expect(reportOf(learner, seen).state).toBe('learning');
  });

  it('is detected in a daily load with noise', () => {
    const next = random(1);
    const { learner, seen } = learn(3 * DAY, (minute) => daily(minute) * (1 + 0.05 * normal(next)));
    const { trust } = reportOf(learner, seen);
    expect(trust.predictable).toBe(true);
    expect(trust.skill).toBeGreaterThan(0.2);
    expect(reportOf(learner, seen).state).toBe('trusted');
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
    const { steps } = explained(learner, seen);
    expect(steps.find(({ code }) => code === 'forecast')?.data).toMatchObject({ predictable: false });
  });

  it('needs no skill where nothing changes', () => {
    const { learner, seen } = learn(400, () => 10);
    expect(reportOf(learner, seen).trust).toMatchObject({ skill: null, predictable: true });
  });
});

describe('a new cluster', () => {
  it('is not judged by its first minutes: shadow fleets start with whatever servers existed', () => {
    const learner = make();
    const { controller } = learner;
    // Far too many servers; the cheapest expert would remove all but what the first minute needs.
    for (let minute = 0; minute < 6; minute++) {
      learner.step(seenAt(minute, 10 + 4 * minute));
      expect(EXPERTS[controller.choice.expert]!.name).toBe('highest of 15 min + 30 %');
      expect(controller.choice.desired).toBeGreaterThanOrEqual(Math.ceil((1.3 * (10 + 4 * minute)) / 0.9));
      expect(Math.max(...controller.experts.cost, ...controller.experts.bad)).toBe(0);
    }
    learner.step(seenAt(6, 34));
    expect(Math.min(...controller.experts.cost)).toBeGreaterThan(0);
  });
});

describe('the reason for an expert', () => {
  /** The step that names the active expert, one minute later. */
  function next(learner: Learner, minute: number) {
    const seen = seenAt(minute, daily(minute));
    learner.step(seen);
    const found = explained(learner, seen).steps.find(({ data }) => data?.['followed'] !== undefined)!;
    expect(found.data).toMatchObject({ followed: EXPERTS[learner.controller.choice.expert]!.name });
    return found;
  }

  let taught: Uint8Array;
  beforeAll(() => {
    taught = snapshot(learn(3 * DAY, daily).learner.parts());
  });

  interface Book {
    readonly cost: number;
    readonly bad: number;
    readonly badSquares?: number;
  }

  /** After three days of learning the records are replaced. */
  function withBooks(books: (index: number) => Book) {
    const learner = make();
    restoreSnapshot(learner.parts(), taught);
    const { experts } = learner.controller;
    for (const index of EXPERTS.keys()) {
      const { cost, bad, badSquares = 0 } = books(index);
      experts.cost[index] = cost;
      experts.bad[index] = bad;
      experts.badSquares[index] = badSquares;
    }
    return next(learner, 3 * DAY);
  }

  it('is fixed in the first six minutes: the same expert in every cluster', () => {
    const learner = make();
    for (let minute = 0; minute < 6; minute++) {
      const { code, data } = next(learner, minute);
      expect(code).toBe('cold_start');
      expect(data).toMatchObject({ ground: 'cold_start', room: 0.08, followed: 'highest of 15 min + 30 %' });
    }
  });

  it('is its cost in the first three hours, if it had no slow or failed requests', () => {
    const learner = make();
    for (let minute = 0; minute < 180; minute++) {
      const { code, data, after } = next(learner, minute);
      if (minute < 6) continue;
      expect(code).toBe('cold_start_cheapest');
      expect(data).toMatchObject({ ground: 'cold_start_cheapest', room: 0.08 });
      const { cost, bad, desired } = learner.controller.experts;
      const { expert } = learner.controller.choice;
      expect(bad[expert]).toBe(0);
      const spotless = [...cost.keys()].filter((index) => index >= FORECASTS && bad[index] === 0);
      expect(cost[expert]).toBe(Math.min(...spotless.map((index) => cost[index]!)));
      expect(after).toBe(Math.ceil(desired[expert]! * 1.08 - 1e-9));
    }
    expect(next(learner, 180)).toMatchObject({
      code: 'follows_forecast',
      data: { room: 0, chosen_among: 'forecasts' },
    });
  });

  it('is fixed again where all had some', () => {
    const learner = make();
    for (let minute = 0; minute < 20; minute++) learner.step(seenAt(minute, daily(minute)));
    // More than the most cautious of them had.
    for (const minute of [20, 21]) learner.step(seenAt(minute, 1e4));
    const { code, data } = next(learner, 22);
    expect(code).toBe('cold_start_none_spotless');
    expect(data).toMatchObject({ ground: code, followed: 'highest of 15 min + 30 %' });
  });

  it('is that it is the cheapest that meets the target', () => {
    const { code, data } = withBooks((index) => ({ cost: index === 7 ? 1000 : 2000, bad: 0 }));
    expect(code).toBe('follows_forecast');
    expect(data).toMatchObject({ followed: 'forecast at price 16', ground: 'keeps_it', chosen_among: 'all' });
    expect(data).toMatchObject({ aim: expect.any(Number), level: expect.any(Number) });
  });

  it('is not its cost where a cheaper one of another family would save too little', () => {
    const { code, data } = withBooks((index) => ({
      cost: index === 7 ? 1000 : index === FORECASTS + 3 ? 950 : 2000,
      bad: 0,
    }));
    expect(code).toBe('follows_forecast');
    expect(data).toMatchObject({ followed: 'forecast at price 16', ground: 'keeps_it_in_family' });
  });

  it('is the least total of cost and price where none meets the target', () => {
    const { code, data } = withBooks((index) => ({ cost: 1000, bad: index === 7 ? 500 : 2000 }));
    expect(code).toBe('none_keeps_it');
    expect(data).toMatchObject({ followed: 'forecast at price 16', ground: 'none_keeps_it', towards_thriftier: 0 });
  });

  it('is the same where those that meet the target cost more than the price', () => {
    const { code, data } = withBooks((index) =>
      index === 20 ? { cost: 1e9, bad: 0 } : { cost: 1000, bad: index === 7 ? 500 : 2000 },
    );
    expect(code).toBe('too_dear_to_keep');
    expect(data).toMatchObject({ followed: 'forecast at price 16', ground: 'too_dear_to_keep' });
  });

  it('is the cheapest of those that missed it only by a crowd that no forecast served', () => {
    const crowd = 100;
    const books = (badSquares: number) => (index: number) => ({
      cost: index === 7 ? 1000 : 2000,
      bad: index < 7 ? 2000 : crowd,
      badSquares: MOST_CAUTIOUS.includes(index) ? badSquares : 0,
    });
    expect(withBooks(books(0)).code).toBe('none_keeps_it');
    const { code, data } = withBooks(books(crowd ** 2));
    expect(code).toBe('follows_forecast');
    expect(data).toMatchObject({ followed: 'forecast at price 16', ground: 'keeps_it' });
  });
});

describe('the trust in a model', () => {
  it('applies to the distribution that decides, whichever model made it', () => {
    const next = random(3);
    const decided = new Scores();
    const usual = new Scores();
    const noted: { readonly decided: Float32Array; readonly usual: Float32Array }[] = [];
    const { learner, seen } = learn(
      1000,
      (minute) => daily(minute) * (1 + 0.2 * next()),
      ({ controller }) => {
        const { history, prospects } = controller.forecaster;
        const due = noted[noted.length - 3];
        if (due !== undefined) {
          decided.settle(due.decided, 0, history.highest(0, 3), DAY);
          usual.settle(due.usual, 0, history.highest(0, 3), DAY);
        }
        const quantilesOf = (outlook: Outlook) => Float32Array.from(TRUST_LEVELS, (level) => outlook.quantile(level));
        noted.push({ decided: quantilesOf(controller.outlook), usual: quantilesOf(prospects[0].highest) });
      },
    );
    const { trust } = reportOf(learner, seen);
    expect(trust).toMatchObject(decided.report());
    expect(trust.coverage).not.toEqual(usual.report().coverage);
  });

  it.each([
    ['before half a day, when reactive experts are not yet followed otherwise', 400, 700],
    ['after a day', DAY + 100, DAY + 400],
  ])('is not given to one that is demoted, %s', (_, from, until) => {
    const before: string[] = [];
    const demoted: { family: string; told: Step | undefined }[] = [];
    learn(until, daily, (learner, seen) => {
      const { controller } = learner;
      const { trust } = controller.forecaster;
      const minute = seen.at / 60_000 - 1;
      const { family } = EXPERTS[controller.choice.expert]!;
      if (minute <= from) before.push(family);
      if (minute === from) for (let step = 0; step < 400; step++) trust.settle(new Float32Array(3), 0, 1e6, DAY, false);
      if (minute <= from || !trust.demoted) return;
      const told = explained(learner, seen).steps.find(({ code }) => code === 'forecast_demoted');
      demoted.push({ family, told });
    });
    expect(before.at(-1)).toBe('forecast');
    expect(demoted.length).toBeGreaterThan(100);
    for (const { family, told } of demoted) {
      expect(family).not.toBe('forecast');
      expect(told?.data).toMatchObject({ chosen_among: 'reactive' });
    }
  });

  it('changes in both directions, with its time, and is shown in a step of the decision', () => {
    const turns: { state: string; since: number; at: number; code: string | undefined }[] = [];
    learn(3 * DAY, daily, (learner, seen) => {
      // Half a day in which every outcome was higher than considered possible.
      const { trust } = learner.controller.forecaster;
      if (seen.at === DAY * 60_000)
        for (let step = 0; step < DAY / 2; step++) trust.settle(new Float32Array(3), 0, 1e6, DAY, false);
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

  it('is part of the stored state', () => {
    const { learner, seen } = learn(600, daily);
    const restored = make();
    expect(restoreSnapshot(restored.parts(), snapshot(learner.parts()))).toBe(true);
    for (let minute = 600; minute < 660; minute++) {
      expect(restored.step(seenAt(minute, daily(minute)))).toBe(learner.step(seenAt(minute, daily(minute))));
    }
    expect(reportOf(restored, seen)).toEqual(reportOf(learner, seen));
  });
});
