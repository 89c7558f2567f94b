import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputOf, INTERVAL_MS, type Look, Scenario, START } from '../test/scenario.js';
import { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
import { modelOf, relearn } from './slo/index.js';
import { initialState, restoreState, settle } from './state.js';
import { tick } from './tick.js';
import type { EngineState, Policy, SloPolicy, ThresholdPolicy } from './types.js';

const THRESHOLD: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 85,
  memoryLow: 40,
  sustainedHighMs: 10_000,
  sustainedLowMs: 20_000,
  trendWindowMs: 60_000,
  spikePoints: 30,
  spikeWindowMs: 30_000,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 20_000,
  cooldownDownMs: 30_000,
};
const TRACKING = {
  ...TARGET_TRACKING_DEFAULTS,
  metrics: [{ metric: 'cpu', target: 60 }],
  scaleDownStabilizationMs: 0,
} as const;
const SLO: SloPolicy = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const NOTHING: Policy = { mode: 'act' };

describe('a decision', () => {
  it('is the highest of several proposals', () => {
    const both = new Scenario({
      targetTracking: TRACKING,
      threshold: { ...THRESHOLD, sustainedHighMs: 0 },
      mode: 'act',
    });
    const decision = both.tick({ active: 10, cpu: 90 });
    expect(decision).toMatchObject({ desired: 15, policy: 'target_tracking' });
    expect(decision.steps.map(({ stage, code }) => `${stage}:${code}`)).toEqual([
      'observe:seen',
      'propose:high',
      'propose:above_target',
      'combine:highest',
    ]);
  });

  it('shows what a policy would ask for that only forecasts, and does not heed it', () => {
    const tried = new Scenario({
      targetTracking: TRACKING,
      threshold: { ...THRESHOLD, sustainedHighMs: 0 },
      forecastOnly: ['target_tracking'],
      mode: 'act',
    });
    const decision = tried.tick({ active: 10, cpu: 90 });
    expect(decision).toMatchObject({ desired: 12, policy: 'threshold' });
    expect(decision.steps).toContainEqual(
      expect.objectContaining({ policy: 'target_tracking', code: 'forecast_only', before: 10, after: 15 }),
    );
    const alone = new Scenario({ targetTracking: TRACKING, forecastOnly: ['target_tracking'], mode: 'act' });
    expect(alone.tick({ active: 10, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'no_policy' });
  });

  it('shows how a service level that only forecasts came to its count', () => {
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const tried = new Scenario({ slo, threshold: THRESHOLD, forecastOnly: ['slo'], mode: 'act' });
    const alone = new Scenario({ slo, mode: 'act' });
    const { steps, desired, policy } = tried.tick({ active: 10, cpu: 90 });
    const acting = alone.tick({ active: 10, cpu: 90 });
    expect(acting.desired).toBeGreaterThan(10);
    expect({ desired, policy }).toEqual({ desired: 10, policy: 'threshold' });
    const ofSlo = steps.filter((step) => step.policy === 'slo');
    expect(ofSlo.slice(0, -1)).toEqual(acting.steps.filter((step) => step.policy === 'slo'));
    expect(ofSlo.map(({ code }) => code)).toEqual(['lead_time', 'forecast', 'shadows', 'cold_start', 'forecast_only']);
    expect(ofSlo.at(-1)).toMatchObject({ stage: 'mode', before: 10, after: acting.desired });
  });

  it('removes nobody on the word of a minority', () => {
    const silent = new Scenario({ targetTracking: TRACKING, mode: 'act' });
    expect(silent.tick({ active: 10, heard: 4, cpu: 1 }).action).toBe('MAINTAIN');
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const decision = new Scenario({ slo, mode: 'act' }).tick({ active: 10, heard: 4, cpu: 1 });
    expect(decision).toMatchObject({ action: 'MAINTAIN', code: 'metrics_not_fresh' });
    expect(decision.reason).toMatch(/^Demand is .*; only 4 of 10 active servers can be heard: none is removed\.$/);
  });

  it('is what a person holds, while he holds it', () => {
    const hold = { desired: 7, until: START + 1000, by: 'ada' };
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { hold });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ desired: 7, policy: 'hold', code: 'held_by_hand' });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ desired: 15, policy: 'target_tracking' });
  });

  it('stays within bounds and says what it could not have', () => {
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds: { min: 2, max: 12 } });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({
      desired: 12,
      wished: 15,
      unmet: 3,
      code: 'cut_to_max',
      reason:
        'cpu is 90 % where 60 % is the target: 15 servers would be on target; 15 servers were wished, but max_servers allows 12.',
    });
  });

  it('obeys changed bounds also without metrics, and calls nobody unmet for it', () => {
    const cluster = new Scenario(NOTHING);
    expect(cluster.tick({ active: 3, heard: 0 }, { bounds: { min: 5, max: 9 } })).toMatchObject({
      desired: 5,
      code: 'raised_to_min',
    });
    expect(cluster.tick({ active: 12, heard: 0 }, { bounds: { min: 5, max: 9 } })).toMatchObject({
      desired: 9,
      unmet: 0,
    });
  });

  it('obeys open windows, floor before ceiling, within the bounds of the cluster', () => {
    const cluster = new Scenario(NOTHING, { bounds: { min: 1, max: 20 } });
    const floor = { name: 'sale', minServers: 8 };
    const ceiling = { name: 'night', maxServers: 4 };
    const raised = cluster.tick({ active: 3 }, { openWindows: [floor] });
    expect(raised.desired).toBe(8);
    expect(raised.steps.at(-1)).toMatchObject({ stage: 'bound', data: { bound: 8, from: 'the window "sale"' } });
    expect(cluster.tick({ active: 9 }, { openWindows: [ceiling] }).desired).toBe(4);
    expect(cluster.tick({ active: 3 }, { openWindows: [ceiling, floor] }).desired).toBe(8);
    expect(cluster.tick({ active: 3 }, { openWindows: [{ name: 'huge', minServers: 99 }] }).desired).toBe(20);
  });

  it('only shows open windows where the schedule only forecasts', () => {
    const cluster = new Scenario({ ...NOTHING, forecastOnly: ['schedule'] }, { bounds: { min: 1, max: 20 } });
    const openWindows = [{ name: 'sale', minServers: 8, maxServers: 10 }];
    const decision = cluster.tick({ active: 3 }, { openWindows });
    expect(decision.desired).toBe(3);
    expect(decision.steps.at(-1)).toMatchObject({ policy: 'schedule', code: 'forecast_only', before: 3, after: 8 });
    expect(decision.steps.at(-1)?.reason).toBe(
      'schedule only forecasts; its window "sale" would ask for no fewer than 8 and no more than 10 servers.',
    );
  });

  it('is only shown in recommend mode', () => {
    const decision = new Scenario({ targetTracking: TRACKING, mode: 'recommend' }).tick({ active: 10, cpu: 90 });
    expect(decision).toMatchObject({ mode: 'recommend', desired: 15 });
    expect(decision.steps.at(-1)?.code).toBe('recommend_only');
  });

  it('wakes an empty cluster when at least one server must be there', () => {
    expect(new Scenario(NOTHING, { bounds: { min: 1, max: 5 } }).tick({ active: 0 })).toMatchObject({
      action: 'SCALE_UP',
      desired: 1,
    });
    expect(new Scenario(NOTHING, { bounds: { min: 0, max: 5 } }).tick({ active: 0 })).toMatchObject({
      action: 'MAINTAIN',
    });
  });
});

describe('the state', () => {
  const decision = new Scenario({ targetTracking: TRACKING, mode: 'act' }).tick({ active: 10, cpu: 90 });

  it('takes note of what was carried out, by as much as was given, and only once', () => {
    const once = settle(initialState(), decision, 'partial', START, 12);
    expect(once).toMatchObject({ lastScaleUpAt: START, changes: [{ at: START, by: 2 }] });
    expect(settle(once, decision, 'partial', START, 12)).toEqual(once);
    expect(settle(initialState(), decision, 'failed', START)).toEqual(initialState());
  });

  it.each([null, undefined])('begins anew where there is none (%s)', (value) => {
    expect(restoreState(value)).toEqual({ state: initialState(), warning: null });
  });

  it.each([
    { version: 2 },
    'text',
    { ...initialState(), changes: [{ at: 'x' }] },
    { ...initialState(), policies: null },
  ])('is not trusted in part: %j', (value) => {
    expect(restoreState(value)).toEqual({ state: initialState(), warning: expect.stringContaining('begins anew') });
  });

  it('survives damaged memories of its policies', () => {
    const policies = { threshold: { history: [null], lowSince: 'x' }, target_tracking: { recommendations: [null, 3] } };
    const { state } = restoreState({ ...initialState(), policies });
    const policy: Policy = { targetTracking: TRACKING, threshold: THRESHOLD, mode: 'act' };
    expect(tick(inputOf({ active: 4, cpu: 90 }, policy, state, START)).decision.desired).toBeGreaterThanOrEqual(4);
  });
});

describe('any cluster, whatever it goes through,', () => {
  const looks = fc
    .record({
      active: fc.nat({ max: 30 }),
      provisioning: fc.nat({ max: 5 }),
      cpu: fc.double({ min: 0, max: 100, noNaN: true }),
      memory: fc.double({ min: 0, max: 100, noNaN: true }),
      silent: fc.nat({ max: 30 }),
    })
    .map(({ silent, ...look }): Look => ({ ...look, heard: Math.max(0, look.active - silent) }));
  const bounds = fc
    .tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }))
    .map(([min, more]) => ({ min, max: min + more + 1 }));
  const policies: readonly Policy[] = [
    { threshold: THRESHOLD, mode: 'act' },
    { targetTracking: TRACKING, mode: 'act' },
    { threshold: THRESHOLD, targetTracking: TRACKING, mode: 'act' },
  ];
  const runsOf = (of: readonly Policy[]) =>
    fc.record({
      policy: fc.constantFrom(...of),
      bounds,
      looks: fc.array(looks, { minLength: 1, maxLength: 25 }),
    });
  const runs = runsOf(policies);
  const runsOfAll = runsOf([...policies, { slo: SLO, mode: 'act' }, { slo: SLO, threshold: THRESHOLD, mode: 'act' }]);

  function run(
    scenario: { policy: Policy; bounds: { min: number; max: number }; looks: readonly Look[] },
    through: (state: EngineState) => EngineState,
  ) {
    let state = initialState();
    return scenario.looks.map((look, index) => {
      const now = START + index * INTERVAL_MS;
      const input = inputOf(look, scenario.policy, through(state), now, { bounds: scenario.bounds });
      const { decision, state: after } = tick(input);
      state = decision.action === 'MAINTAIN' ? after : settle(after, decision, 'success', now);
      return { input, decision };
    });
  }

  it('gets a count within its bounds, with no negative unmet wish', () => {
    fc.assert(
      fc.property(runsOfAll, (scenario) => {
        for (const { decision } of run(scenario, (state) => state)) {
          expect(decision.desired).toBeGreaterThanOrEqual(scenario.bounds.min);
          expect(decision.desired).toBeLessThanOrEqual(scenario.bounds.max);
          expect(decision.unmet).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('loses no server that is not over its bounds while its metrics are not fresh', () => {
    fc.assert(
      fc.property(runsOfAll, (scenario) => {
        const blind = run(scenario, (state) => state).filter(({ input }) => !input.observation.fresh);
        for (const { decision } of blind) {
          expect(decision.desired).toBeGreaterThanOrEqual(Math.min(decision.current, scenario.bounds.max));
        }
      }),
    );
  });

  it('gets the same decisions again, and after its state went through JSON', () => {
    fc.assert(
      fc.property(runs, (scenario) => {
        const once = run(scenario, (state) => state).map(({ decision }) => decision);
        const again = run(scenario, (state) => restoreState(JSON.parse(JSON.stringify(state))).state).map(
          ({ decision }) => decision,
        );
        expect(again).toEqual(once);
      }),
    );
  });

  it('gets the same decisions from a service level again, and after a restart in any minute', () => {
    /** Thirty hours with silence, a lead time that changes, and two looks a minute. */
    const decisions = (seed: number, restartIn: number | null): string[] => {
      const random = uniform(seed);
      const told: string[] = [];
      let state = initialState();
      let active = 10;
      for (let index = 0; index < 3600; index++) {
        const demand = 10 - 7 * Math.cos((2 * Math.PI * index) / 2880) + 3 * random();
        const leadTimeMs = 60_000 * (1 + Math.floor(index / 900));
        const look = {
          active,
          cpu: Math.min(100, (100 * demand) / active),
          heard: Math.floor(active * Math.min(1, 20 * random())),
        };
        const timing = { intervalMs: 30_000, leadTimeMs, bounds: { min: 1, max: 100 } };
        // Before the first look of the minute: what a model that was restored within one had planned is known again with the next.
        if (restartIn !== null && index === 2 * restartIn) {
          const stored = restoreState(JSON.parse(JSON.stringify(state))).state;
          state = relearn(stored, SLO, modelOf(state), [], timing);
        }
        const { decision, state: after } = tick(
          inputOf(look, { slo: SLO, mode: 'act' }, state, START + 30_000 * index, timing),
        );
        state = settle(after, decision, 'success', decision.at);
        active = decision.desired;
        told.push(JSON.stringify(decision));
      }
      return told;
    };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1799 }), (seed, restartIn) => {
        const once = decisions(seed, null);
        expect(decisions(seed, null)).toEqual(once);
        expect(decisions(seed, restartIn)).toEqual(once);
      }),
      { numRuns: 4 },
    );
  });

  it('has its input left as it was', () => {
    fc.assert(
      fc.property(runs, (scenario) => {
        run(scenario, (state) => deepFreeze(state));
      }),
    );
  });

  it('decides the same whatever the order of its samples', () => {
    fc.assert(
      fc.property(looks, fc.constantFrom<Policy>(...policies, { slo: SLO, mode: 'act' }), (look, policy) => {
        const input = inputOf(look, policy, initialState(), START);
        const reversed = { ...input.observation, samples: input.observation.samples.toReversed() };
        expect(tick({ ...input, observation: reversed }).decision).toEqual(tick(input).decision);
      }),
    );
  });
});

/** Uniform in [0, 1), the same for the same seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
