import { describe, expect, it } from '@jest/globals';
import type { Decision, Step } from '#engine';
import { CONDITIONS, isIn, type Standing, standingOf } from './standing.js';

function decision(...steps: Partial<Step>[]): Decision {
  return { steps } as unknown as Decision;
}

const GOOD: Standing = { promised: 0.01, spent: 0.004, left: 0.6, burnRate: 0.4, demoted: false };

describe('how a promise stands', () => {
  it('is read from the steps of the service level', () => {
    const told = decision(
      { policy: 'slo', data: { demoted: true, bias: 0.1 } },
      { policy: 'slo', data: { budget_promised: 0.01, budget_spent: 0.02, budget_left: -0.1, burn_rate: 3 } },
      { policy: 'threshold', data: { burn_rate: 99 } },
    );
    expect(standingOf(told, null)).toEqual({ promised: 0.01, spent: 0.02, left: -0.1, burnRate: 3, demoted: true });
  });

  it('stays what it was where a decision says nothing of it', () => {
    expect(standingOf(decision({ policy: 'slo' }, { policy: 'slo', data: { level: 0.9 } }), GOOD)).toBe(GOOD);
    expect(standingOf(decision(), null)).toBeNull();
  });
});

describe('conditions', () => {
  const holding = (standing: Standing | null, ...conditions: string[]): string[] =>
    CONDITIONS.filter((condition) => isIn({ standing, conditions: new Set(conditions) as never }, condition));

  it.each([
    [null, [], []],
    [GOOD, [], []],
    [{ ...GOOD, spent: 0.011 }, [], ['promise_broken']],
    [{ ...GOOD, burnRate: 2.1 }, ['unmet_demand'], ['unmet_demand', 'budget_burning']],
    [{ ...GOOD, demoted: true }, ['provider_unreachable'], ['provider_unreachable', 'forecast_demoted']],
    [null, ['scaling_failed', 'drift'], ['scaling_failed']],
  ])('of %j and %j are %j', (standing, conditions, expected) => {
    expect(holding(standing, ...conditions)).toEqual(expected);
  });
});
