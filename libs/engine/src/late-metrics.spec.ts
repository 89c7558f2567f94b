import { describe, expect, it } from '@jest/globals';
import { inputOf, INTERVAL_MS, samplesOf, serversOf, START } from '../test/scenario.js';
import { estimateDemand } from './demand/estimate.js';
import { observe } from './observe.js';
import { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
import { initialState, noteExternal, settle } from './state.js';
import { tick } from './tick.js';
import type { EngineState, Lateness, Observation, Policy } from './types.js';

const MINUTE = 60_000;
const LATE_MS = 4 * MINUTE;
const TRACKING: Policy = {
  mode: 'act',
  targetTracking: {
    ...TARGET_TRACKING_DEFAULTS,
    metrics: [{ metric: 'cpu', target: 60 }],
    scaleDownStabilizationMs: 0,
  },
};

/** @param ageMs of the samples */
function seen(active: number, cpu: number, ageMs: number, late: Lateness | null, heard = active): Observation {
  const look = { active, cpu, heard };
  const servers = serversOf(look);
  const maxSampleAgeMs = 30_000;
  const samples = samplesOf(look, START - ageMs);
  return observe({ now: START, intervalMs: INTERVAL_MS, maxSampleAgeMs, servers, samples, late });
}

describe('samples of a late source', () => {
  const late = { ms: LATE_MS, servers: null };

  it('become stale later by that much, and keep their age', () => {
    expect(seen(4, 50, 3 * MINUTE, null)).toMatchObject({ reporting: 0, refused: { stale: 4 } });
    expect(seen(4, 50, 3 * MINUTE, late)).toMatchObject({ reporting: 4, fresh: true, stalenessMs: 3 * MINUTE, late });
    expect(seen(4, 50, LATE_MS + 30_000, late).reporting).toBe(4);
    expect(seen(4, 50, LATE_MS + 30_001, late)).toMatchObject({ reporting: 0, refused: { stale: 4 } });
  });

  it.each([
    ['more than now', 2, 6, 2, 3],
    ['fewer than now', 6, 4, 4, 2],
    ['fewer than have reported', 6, 0, 4, 2],
  ])('show the demand of the servers at their time: %s', (_name, active, then, heard, demand) => {
    const observation = seen(active, 50, MINUTE, { ms: LATE_MS, servers: then }, heard);
    expect(observation.demand).toBe(demand);
    expect(estimateDemand(observation, serversOf({ active }), undefined).observation.demand).toBe(demand);
  });
});

describe('a removal based on late metrics', () => {
  const late = { ms: LATE_MS, servers: null };

  function decide(state: EngineState, ageMs: number, lateness: Lateness | null = late) {
    const rest = { observation: seen(6, 20, ageMs, lateness) };
    return tick(inputOf({ active: 6 }, TRACKING, state, START, rest)).decision;
  }

  const begun = START - 6 * MINUTE;
  const after = [
    ['a removal', settle(initialState(), -2, begun)],
    ['an external change', noteExternal(initialState(), 2, begun)],
  ] as const;

  it.each(after)('waits until they are newer than %s', (_name, state) => {
    const waiting = decide(state, 2 * MINUTE + 1);
    expect(waiting).toMatchObject({ action: 'MAINTAIN', code: 'metrics_late' });
    expect(waiting.steps.at(-1)).toMatchObject({ before: 2, after: 6, data: { late_ms: LATE_MS } });
    expect(decide(state, 2 * MINUTE)).toMatchObject({ action: 'SCALE_DOWN', desired: 2 });
  });

  it('does not wait after an addition, or without known changes', () => {
    expect(decide(settle(initialState(), 2, START - MINUTE), 3 * MINUTE)).toMatchObject({ desired: 2 });
    expect(decide(initialState(), 3 * MINUTE)).toMatchObject({ desired: 2 });
  });

  it('does not wait if the source states totals', () => {
    expect(decide(settle(initialState(), -2, START - MINUTE), 0, null)).toMatchObject({ desired: 2 });
  });
});

describe('a cluster that has just grown', () => {
  const SLO: Policy = { mode: 'act', slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } };

  /** 4 of `active` servers took the load; the others have become active since. */
  function decide(policy: Policy, active: number, late: Lateness | null) {
    const at = START - 12_000;
    const servers = serversOf({ active }).map((server, index) =>
      index < 4 ? server : { ...server, activeAt: at + 1 },
    );
    const samples = samplesOf({ active, cpu: 100, heard: 4 }, at);
    const observation = observe({ now: START, intervalMs: INTERVAL_MS, servers, samples, late });
    return tick(inputOf({ active }, policy, initialState(), START, { observation })).decision;
  }

  it.each([
    ['slo', SLO],
    ['target_tracking', TRACKING],
  ])('does not grow again on metrics from before: %s', (_name, policy) => {
    expect(decide(policy, 4, null).desired).toBeGreaterThan(4);
    expect(decide(policy, 16, null)).toMatchObject({ action: 'MAINTAIN', desired: 16 });
    expect(decide(policy, 16, { ms: 15_000, servers: 4 })).toMatchObject({ action: 'MAINTAIN', desired: 16 });
  });
});
