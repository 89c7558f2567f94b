import { describe, expect, it } from '@jest/globals';
import type { Score } from '#world';
import { type ReplayedDay, replayTable } from './replay-only.js';

const score = (violation: number, cost: number, actionsPerDay: number): Score => ({
  ticks: 1440,
  violation,
  dropped: 0,
  cost,
  actionsPerDay,
  elasticity: { accuracyUnder: 0, accuracyOver: 0, timeshareUnder: 0, timeshareOver: 0, instability: 0 },
});
const day = (service: Score, hpa: Score): ReplayedDay => ({ trace: 'web', seed: 1, target: 60, service, hpa });

describe('the report of replays', () => {
  it('compares where the HPA kept the promise, by medians', () => {
    const lines = replayTable([
      day(score(0.002, 80, 30), score(0.009, 100, 60)),
      day(score(0.02, 90, 60), score(0.01, 100, 60)),
      day(score(0, 300, 90), score(0.01, 100, 60)),
      day(score(0, 10, 1), score(0.02, 100, 60)),
    ]).split('\n');
    expect(lines[0]).toBe(
      'web, seed 1: service 0.20 %, 80 server-hours; HPA 60 % 0.90 %, 100; cost 0.80, actions 0.50 of its',
    );
    expect(lines.at(-1)).toBe(
      "The service kept the promise on 2 of the 3 days on which some HPA did; cost / that HPA's: median 0.90; actions: 1.00",
    );
  });
});
