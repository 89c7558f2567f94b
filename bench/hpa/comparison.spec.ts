import { describe, expect, it } from '@jest/globals';
import type { Score } from '#world';
import { compare, replayErrorOf, summarize } from './comparison.js';
import { hpaPolicy, SERVICE, SERVICE_BY_KEDA } from './policies.js';
import type { Row } from './run.js';

const score = (violation: number, cost: number, actionsPerDay = 10) => ({ violation, cost, actionsPerDay }) as Score;
const row = (target: number | null, own: Score, replay = own, seed = 1): Row => ({
  trace: 'web',
  seed,
  policy: target === null ? SERVICE : hpaPolicy(target),
  target,
  nearTuned: false,
  score: own,
  replay,
});

describe('the service beside the HPAs', () => {
  it('is compared with the cheapest one that kept the promise', () => {
    const rows = [
      row(null, score(0.005, 90, 15)),
      row(50, score(0, 120)),
      row(60, score(0.01, 100, 10)),
      row(70, score(0.02, 80)),
      row(60, score(0, 10), undefined, 2),
    ];
    expect(compare(rows)).toEqual([
      { trace: 'web', seed: 1, kept: true, hindsight: 'HPA 60 %', costToHindsight: 0.9, actionsToHindsight: 1.5 },
    ]);
  });

  it('is the policy that writes the counts itself, not KEDA with its counts', () => {
    const byKeda = { ...row(null, score(0, 70)), policy: SERVICE_BY_KEDA };
    expect(compare([byKeda, row(null, score(0, 90)), row(50, score(0, 120))])).toMatchObject([
      { costToHindsight: 0.75, hindsight: 'HPA 50 %' },
    ]);
  });

  it('is compared with none where none kept it', () => {
    expect(compare([row(null, score(0.02, 90)), row(50, score(0.02, 120))])).toMatchObject([
      { kept: false, hindsight: null, costToHindsight: null, actionsToHindsight: null },
    ]);
  });

  it('has no ratio of actions to one that never acted', () => {
    expect(compare([row(null, score(0, 90)), row(50, score(0, 90, 0))])).toMatchObject([{ actionsToHindsight: null }]);
  });

  it('is summed up by medians over the runs in which some HPA kept the promise', () => {
    const rows = [1, 2, 3].flatMap((seed) => [
      row(null, score(seed === 2 ? 0.02 : 0, 80 + 10 * seed), undefined, seed),
      row(50, score(seed === 3 ? 0.02 : 0, 100), undefined, seed),
    ]);
    expect(summarize(compare(rows))).toEqual({
      runs: 3,
      feasible: 2,
      kept: 1,
      costToHindsight: 0.95,
      actionsToHindsight: 1,
    });
  });
});

it('the error of the replay is the mean difference from the real HPAs', () => {
  const rows = [
    row(null, score(0, 1), score(1, 100)),
    row(50, score(0.01, 100, 10), score(0.02, 110, 12)),
    row(60, score(0.02, 100, 0), score(0.02, 90, 5)),
  ];
  const { violationPoints, cost, actions } = replayErrorOf(rows);
  expect(violationPoints).toBeCloseTo(0.5);
  expect(cost).toBeCloseTo(0.1);
  expect(actions).toBeCloseTo(0.2);
});
