import { describe, expect, it } from '@jest/globals';
import type { ClusterMemory } from './cluster-memory.js';
import { CONDITIONS, isIn } from './held-conditions.js';

const SLO = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } };

function holding(policy: object, budget: object | null, ...conditions: string[]): string[] {
  const state = budget === null ? {} : { slo: { changes: [], report: { at: 0, state: 'trusted', budget, trust: {} } } };
  const memory = { acting: { policy, state }, conditions: new Set(conditions) } as unknown as ClusterMemory;
  return CONDITIONS.filter((condition) => isIn(memory, condition));
}

const GOOD = { promised: 0.01, spent: 0.004, left: 0.6, burnRate: 0.4 };

describe('conditions', () => {
  it.each([
    [SLO, null, [], []],
    [SLO, GOOD, [], []],
    [SLO, { ...GOOD, spent: 0.011 }, [], ['promise_broken']],
    [SLO, { ...GOOD, burnRate: 2.1 }, ['unmet_demand'], ['unmet_demand', 'budget_burning']],
    [SLO, GOOD, ['provider_unreachable', 'forecast_demoted'], ['provider_unreachable', 'forecast_demoted']],
    [SLO, null, ['scaling_failed', 'drift'], ['scaling_failed']],
    // State learned for a promise that was removed is not reported.
    [{}, { ...GOOD, spent: 0.011 }, [], []],
  ])('of %j with %j and %j are %j', (policy, budget, conditions, expected) => {
    expect(holding(policy, budget, ...conditions)).toEqual(expected);
  });
});
