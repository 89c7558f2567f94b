import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputOf, INTERVAL_MS, type Look, Scenario, START } from '../test/scenario.js';
import { isLargeChange } from './decide/person.js';
import { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
import { modelOf, relearn } from './slo/index.js';
import { initialState, noteExternal, restoreState, settle } from './state.js';
import { tick } from './tick.js';
import type { Decision, EngineState, Policy, SloPolicy, ThresholdPolicy, UndoneChange } from './types.js';

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

describe('bounds of another system', () => {
  const outer = { by: 'HorizontalPodAutoscaler web', min: 3, max: 12 };
  const decided = (look: Look, outerBounds: typeof outer, bounds = { min: 1, max: 100 }) =>
    new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds, outerBounds }).tick(look);

  it('limit what is requested, and are named', () => {
    const up = decided({ active: 10, cpu: 90 }, outer);
    expect(up).toMatchObject({ desired: 12, wished: 15, unmet: 3, code: 'cut_to_max' });
    expect(up.reason).toContain('Limited to 12 servers by HorizontalPodAutoscaler web: 15 are needed.');
    const down = decided({ active: 4, cpu: 5 }, outer);
    expect(down).toMatchObject({ desired: 3, reason: expect.stringContaining('by HorizontalPodAutoscaler web.') });
  });

  it('outrank those of the cluster where no count is within both', () => {
    expect(decided({ active: 10, cpu: 60 }, outer, { min: 20, max: 30 }).desired).toBe(12);
    expect(decided({ active: 10, cpu: 60 }, { ...outer, min: 11 }, { min: 1, max: 5 }).desired).toBe(11);
  });

  it('are not reached in steps, as the other system applies them at once', () => {
    expect(decided({ active: 40, cpu: 60 }, outer).desired).toBe(12);
  });

  it('say nothing where those of the cluster are narrower', () => {
    const { steps } = decided({ active: 10, cpu: 90 }, { ...outer, max: 50 }, { min: 1, max: 11 });
    expect(steps.at(-1)).toMatchObject({ code: 'cut_to_max', data: { from: 'max_servers' } });
  });
});

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

  it('shows the proposal of a forecast-only policy, and ignores it', () => {
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

  it('shows the steps of a forecast-only service level', () => {
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const tried = new Scenario({ slo, threshold: THRESHOLD, forecastOnly: ['slo'], mode: 'act' });
    const alone = new Scenario({ slo, mode: 'act' });
    const { steps, desired, policy } = tried.tick({ active: 10, cpu: 90 });
    const acting = alone.tick({ active: 10, cpu: 90 });
    expect(acting.desired).toBeGreaterThan(10);
    expect({ desired, policy }).toEqual({ desired: 10, policy: 'threshold' });
    const ofSlo = steps.filter((step) => step.policy === 'slo');
    const asActing = acting.steps.filter((step) => step.policy === 'slo');
    expect(ofSlo.slice(0, -1)).toEqual(asActing.map((step) => ({ ...step, aside: true })));
    expect(ofSlo.map(({ code }) => code)).toEqual(['lead_time', 'forecast', 'shadows', 'cold_start', 'forecast_only']);
    expect(ofSlo.at(-1)).toMatchObject({ stage: 'mode', before: 10, after: acting.desired });
  });

  it('removes nothing when only a minority reports', () => {
    const silent = new Scenario({ targetTracking: TRACKING, mode: 'act' });
    expect(silent.tick({ active: 10, heard: 4, cpu: 1 }).action).toBe('MAINTAIN');
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const decision = new Scenario({ slo, mode: 'act' }).ticks(37, { active: 10, heard: 4, cpu: 1 });
    expect(decision).toMatchObject({ action: 'MAINTAIN', code: 'metrics_not_fresh' });
    expect(decision.steps.at(-1)).toMatchObject({ after: 10, data: { metric: 'cpu', reporting: 4, active: 10 } });
  });

  it('follows a hold while it lasts', () => {
    const hold = { desired: 7, until: START + 1000, by: 'ada' };
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { hold });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ desired: 7, policy: 'hold', code: 'held_by_hand' });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ desired: 15, policy: 'target_tracking' });
  });

  it('stays within bounds and reports the unmet demand', () => {
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds: { min: 2, max: 12 } });
    const decision = cluster.tick({ active: 10, cpu: 90 });
    expect(decision).toMatchObject({ desired: 12, wished: 15, unmet: 3, code: 'cut_to_max' });
    expect(decision.steps.slice(-2)).toMatchObject([
      { code: 'above_target', after: 15, data: { metric: 'cpu', value: 90, target: 60 } },
      { code: 'cut_to_max', before: 15, after: 12, data: { bound: 12, from: 'max_servers', asked: true } },
    ]);
  });

  it('states no more servers than the database can hold, however small the promised utilization is', () => {
    const slo = { ...SLO, maxUtilization: 1e-12 };
    const cluster = new Scenario({ slo, mode: 'act' }, { bounds: { min: 2, max: 12 } });
    cluster.tick({ active: 10, cpu: 60 });
    const decision = cluster.tick({ active: 10, cpu: 61 });
    expect(decision).toMatchObject({ desired: 12, wished: 1_000_000, unmet: 999_988 });
  });

  it.each<[string, Policy, number, string]>([
    ['the need while demand is known', { targetTracking: TRACKING, mode: 'act' }, 90, '15 are needed'],
    [
      'the least that is needed while all servers are full',
      { targetTracking: TRACKING, mode: 'act' },
      100,
      'at least 17',
    ],
    ['an estimate where the policy estimates what is hidden', { slo: SLO, mode: 'act' }, 100, '40 may be needed'],
  ])('names at its maximum %s', (_name, policy, cpu, words) => {
    const decision = new Scenario(policy, { bounds: { min: 2, max: 12 } }).tick({ active: 10, cpu });
    expect(decision).toMatchObject({ code: 'cut_to_max', reason: expect.stringContaining(words) });
  });

  it('names an estimate while all servers are full and warming up, which may be their start', () => {
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds: { min: 2, max: 12 } });
    const look = { active: 10, young: { count: 10, cpu: 100, ageMs: 5000 } };
    expect(cluster.tick(look).reason).toContain('17 may be needed');
  });

  it('names no estimate for a count that a person holds', () => {
    const hold = { desired: 20, until: START + 60_000, by: 'ada' };
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'act' }, { hold, bounds: { min: 2, max: 12 } });
    expect(cluster.tick({ active: 10, cpu: 100 }).reason).toContain('20 are needed');
  });

  it('follows changed bounds even without metrics, and reports no unmet demand for it', () => {
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

  it('follows open windows, floor before ceiling, within the bounds of the cluster', () => {
    const cluster = new Scenario(NOTHING, { bounds: { min: 1, max: 20 } });
    const floor = { name: 'sale', minServers: 8 };
    const ceiling = { name: 'night', maxServers: 4 };
    const raised = cluster.tick({ active: 3 }, { openWindows: [floor] });
    expect(raised.desired).toBe(8);
    expect(raised.steps.at(-1)).toMatchObject({ stage: 'bound', data: { bound: 8, from: 'the window "sale"' } });
    // More than half is removed in steps.
    expect(cluster.tick({ active: 9 }, { openWindows: [ceiling] })).toMatchObject({ desired: 7, code: 'in_steps' });
    expect(cluster.tick({ active: 7 }, { openWindows: [ceiling] }).desired).toBe(4);
    expect(cluster.tick({ active: 3 }, { openWindows: [ceiling, floor] }).desired).toBe(8);
    expect(cluster.tick({ active: 3 }, { openWindows: [{ name: 'huge', minServers: 99 }] }).desired).toBe(20);
  });

  it('only shows open windows when the schedule is forecast-only', () => {
    const cluster = new Scenario({ ...NOTHING, forecastOnly: ['schedule'] }, { bounds: { min: 1, max: 20 } });
    const openWindows = [{ name: 'sale', minServers: 8, maxServers: 10 }];
    const decision = cluster.tick({ active: 3 }, { openWindows });
    expect(decision.desired).toBe(3);
    const data = { window: 'sale', min_servers: 8, max_servers: 10 };
    const shown = { policy: 'schedule', code: 'forecast_only', before: 3, after: 8, data };
    expect(decision.steps.at(-1)).toMatchObject(shown);
  });

  it('says of a count set by a user in recommend mode that it is only recommended', () => {
    const hold = { desired: 6, until: START + 900_000, by: 'ada' };
    const cluster = new Scenario({ targetTracking: TRACKING, mode: 'recommend' }, { hold });
    const decision = cluster.tick({ active: 4, cpu: 60 });
    expect(decision).toMatchObject({ mode: 'recommend', action: 'SCALE_UP', desired: 6 });
    expect(decision.reason).toMatch(
      /^Only recommended: held at 6 servers by ada for another \d+ min.*\.\nThis service changes no server\.$/,
    );
  });

  it('is only shown in recommend mode', () => {
    const decision = new Scenario({ targetTracking: TRACKING, mode: 'recommend' }).tick({ active: 10, cpu: 90 });
    expect(decision).toMatchObject({ mode: 'recommend', desired: 15 });
    expect(decision.steps.at(-1)?.code).toBe('recommend_only');
  });

  it('starts from the reference count, and requests missing servers again', () => {
    const short = new Scenario({ targetTracking: TRACKING, mode: 'act' }).tick(
      { active: 5, cpu: 60 },
      { reference: 10 },
    );
    expect(short).toMatchObject({ action: 'SCALE_UP', current: 5, listed: 5, reference: 10, desired: 10 });
    expect(short.code).toBe('ask_again');
    const none = new Scenario(NOTHING, { bounds: { min: 2, max: 20 } }).tick(
      { active: 0 },
      { reference: 10, lost: 10 },
    );
    expect(none).toMatchObject({ action: 'SCALE_UP', current: 0, desired: 10, code: 'replace_lost' });
    expect(none.steps.map(({ code, before, after }) => [code, before, after])).toEqual([
      ['no_metrics', null, 0],
      ['fewer_listed', 0, 10],
      ['replace_lost', 10, 10],
    ]);
    const more = new Scenario(NOTHING).tick({ active: 12 }, { reference: 10 });
    expect(more).toMatchObject({ action: 'MAINTAIN', current: 10, listed: 12, desired: 10 });
  });

  it('scales up an empty cluster when the minimum is at least one', () => {
    expect(new Scenario(NOTHING, { bounds: { min: 1, max: 5 } }).tick({ active: 0 })).toMatchObject({
      action: 'SCALE_UP',
      desired: 1,
    });
  });

  describe('at zero', () => {
    const bounds = { min: 0, max: 50 };
    const totals = (requestRate: number | null) => ({ totals: { at: START, requestRate } });
    const at = (look: Look, requestRate: number | null | undefined, policy: Policy = NOTHING, rest: object = {}) => {
      const input = inputOf(look, policy, initialState(), START, { bounds, ...rest });
      const known = requestRate === undefined ? {} : totals(requestRate);
      return tick({ ...input, observation: { ...input.observation, ...known } }).decision;
    };

    it('scales to one server where nothing can show that load is back', () => {
      expect(at({ active: 0 }, undefined)).toMatchObject({ action: 'SCALE_UP', desired: 1, code: 'stranded_at_zero' });
      expect(at({ active: 0 }, null)).toMatchObject({ desired: 1, code: 'stranded_at_zero' });
      expect(at({ active: 0 }, 0)).toMatchObject({ action: 'MAINTAIN', desired: 0 });
    });

    it('scales to the offered load', () => {
      const perServer: Policy = {
        targetTracking: { ...TRACKING, metrics: [{ metric: 'request_rate', target: 100 }] },
        mode: 'act',
      };
      expect(at({ active: 0 }, 720, perServer)).toMatchObject({ desired: 8, code: 'offered_at_zero' });
      expect(at({ active: 0 }, 3)).toMatchObject({ desired: 1, code: 'offered_at_zero' });
    });

    it('scales from zero for work that waits, to as many servers as it needs', () => {
      const slo: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };
      const waiting = (demand: number | null, rest: object = {}) => {
        const input = inputOf({ active: 0 }, slo, initialState(), START, { bounds });
        const stated = { at: START, requestRate: null, demand, ...rest };
        return tick({ ...input, observation: { ...input.observation, totals: stated } }).decision;
      };
      expect(waiting(45, { capacity: 10 })).toMatchObject({ action: 'SCALE_UP', desired: 5, code: 'work_at_zero' });
      expect(waiting(45)).toMatchObject({ desired: 1, code: 'work_at_zero' });
      expect(waiting(0)).toMatchObject({ action: 'MAINTAIN', desired: 0 });
      expect(waiting(null)).toMatchObject({ desired: 1, code: 'stranded_at_zero' });
      expect(waiting(null, { requestRate: 0 })).toMatchObject({ desired: 1, code: 'stranded_at_zero' });
      expect(waiting(null, { requestRate: 3 })).toMatchObject({ desired: 1, code: 'offered_at_zero' });
    });

    it('scales to zero only while no work waits, and not on a part of the metrics', () => {
      const policy: Policy = { targetTracking: TRACKING, mode: 'act' };
      const waiting = (demand: number | null, partial: { partial?: true } = {}) => {
        const input = inputOf({ active: 2, cpu: 0 }, policy, initialState(), START, { bounds });
        const observation = { ...input.observation, totals: { at: START, requestRate: null, demand }, ...partial };
        return tick({ ...input, observation }).decision;
      };
      expect(waiting(0)).toMatchObject({ desired: 0 });
      expect(waiting(3)).toMatchObject({ desired: 1, code: 'work_at_zero' });
      expect(waiting(null)).toMatchObject({ desired: 1, code: 'zero_without_signal' });
      expect(waiting(0, { partial: true })).toMatchObject({ desired: 2, code: 'metrics_partial' });
    });

    it('goes to zero by a policy only with a signal that works at zero, and by a user at once', () => {
      const policy: Policy = { targetTracking: TRACKING, mode: 'act' };
      expect(at({ active: 2, cpu: 0 }, undefined, policy)).toMatchObject({ desired: 1, code: 'zero_without_signal' });
      expect(at({ active: 2, cpu: 0 }, 5, policy)).toMatchObject({ desired: 1, code: 'offered_at_zero' });
      expect(at({ active: 2, cpu: 0 }, 0, policy)).toMatchObject({ desired: 0 });
      const hold = { desired: 0, until: START + 1000, by: 'ada' };
      expect(at({ active: 1 }, undefined, NOTHING, { hold: { ...hold, immediate: true } })).toMatchObject({
        desired: 0,
      });
      expect(at({ active: 0 }, undefined, NOTHING, { hold })).toMatchObject({ action: 'MAINTAIN', desired: 0 });
      expect(at({ active: 0 }, undefined, NOTHING, { hold: { ...hold, until: START } })).toMatchObject({ desired: 1 });
      const openWindows = [{ name: 'night', maxServers: 0 }];
      expect(at({ active: 1 }, undefined, NOTHING, { openWindows, immediate: true })).toMatchObject({ desired: 0 });
    });
  });

  describe('by a user', () => {
    const hold = { desired: 6, until: START + 3_600_000, by: 'ada' };

    it('removes more than half in steps, unless it is immediate', () => {
      const cluster = new Scenario(NOTHING);
      const first = cluster.tick({ active: 60 }, { bounds: { min: 1, max: 6 } });
      expect(first).toMatchObject({ desired: 48, code: 'in_steps', manualChange: { by: 'bounds', from: 60, to: 6 } });
      const counts: number[] = [];
      for (let active = first.desired; active > 6;) {
        active = cluster.tick({ active }, { hold }).desired;
        counts.push(active);
      }
      expect(counts).toEqual([38, 30, 24, 19, 15, 12, 6]);
      const at = { bounds: { min: 1, max: 6 }, immediate: true };
      expect(new Scenario(NOTHING).tick({ active: 60 }, at)).toMatchObject({
        desired: 6,
        manualChange: { by: 'bounds', from: 60, to: 6 },
      });
      const held = { hold: { ...hold, immediate: true } };
      expect(new Scenario(NOTHING).tick({ active: 60 }, held)).toMatchObject({ desired: 6 });
      const half = new Scenario(NOTHING).tick({ active: 12 }, { hold });
      expect(half).toMatchObject({ desired: 6, manualChange: { by: 'hold', from: 12, to: 6 } });
      expect(isLargeChange(half.manualChange!)).toBe(false);
      expect(new Scenario(NOTHING).tick({ active: 6 }, { hold })).not.toHaveProperty('manualChange');
    });

    it('removes no faster than the rules of target tracking allow', () => {
      const scaleDown = { select: 'max', rules: [{ type: 'servers', value: 2, periodMs: 60_000 }] } as const;
      const cluster = new Scenario({ targetTracking: { ...TRACKING, scaleDown }, mode: 'act' });
      expect(cluster.tick({ active: 60, cpu: 60 }, { hold })).toMatchObject({ desired: 58 });
    });

    it('adds at once, and marks an addition to more than twice the count', () => {
      const decision = new Scenario(NOTHING).tick({ active: 3 }, { hold: { ...hold, desired: 99 } });
      expect(decision).toMatchObject({ desired: 99, manualChange: { by: 'hold', from: 3, to: 99 } });
      const raised = new Scenario(NOTHING).tick({ active: 3 }, { bounds: { min: 7, max: 9 } });
      expect(raised).toMatchObject({ desired: 7, manualChange: { by: 'bounds', from: 3, to: 7 } });
      expect(isLargeChange(raised.manualChange!)).toBe(true);
      expect(isLargeChange({ from: 3, to: 6 })).toBe(false);
      const openWindows = [{ name: 'sale', minServers: 50 }];
      expect(new Scenario(NOTHING).tick({ active: 3 }, { openWindows })).not.toHaveProperty('manualChange');
    });

    it("does not attribute a policy's change to a user, even where a bound reduces it", () => {
      const tracking: Policy = { targetTracking: TRACKING, mode: 'act' };
      const removal = new Scenario(tracking).tick({ active: 20, cpu: 1 }, { bounds: { min: 2, max: 50 } });
      expect(removal).toMatchObject({ desired: 2, code: 'raised_to_min' });
      expect(removal).not.toHaveProperty('manualChange');
      const addition = new Scenario(tracking).tick({ active: 2, cpu: 100 }, { bounds: { min: 1, max: 5 } });
      expect(addition).toMatchObject({ action: 'SCALE_UP' });
      expect(addition).not.toHaveProperty('manualChange');
      const bounds = { min: 4, max: 50 };
      const held = new Scenario(NOTHING).tick({ active: 20 }, { bounds, hold: { ...hold, desired: 2 } });
      expect(held).toMatchObject({ manualChange: { by: 'hold', from: 20, to: 4 } });
    });
  });

  describe('an undo', () => {
    const removal = { by: 'ada', from: 12, to: 3 };
    const addition = { by: 'ada', from: 3, to: 100 };
    const tracking: Policy = { targetTracking: { ...TRACKING, scaleDownStabilizationMs: 300_000 }, mode: 'act' };

    it('adds at once what was removed, within the bounds, and is not a change itself', () => {
      const decision = new Scenario(NOTHING).tick({ active: 3 }, { undone: removal });
      expect(decision).toMatchObject({ action: 'SCALE_UP', desired: 12, policy: 'hold', code: 'undone', unmet: 0 });
      expect(decision).not.toHaveProperty('manualChange');
      const bounds = { min: 1, max: 10 };
      const bounded = new Scenario(NOTHING).tick({ active: 3 }, { undone: removal, bounds });
      expect(bounded).toMatchObject({ desired: 10, code: 'undone', unmet: 0 });
      const hold = { desired: 5, until: START + 60_000, by: 'bob' };
      expect(new Scenario(NOTHING).tick({ active: 3 }, { undone: removal, hold })).toMatchObject({ desired: 5 });
      // More servers than before are no reason for a removal, nor if the policies need more.
      expect(new Scenario(NOTHING).tick({ active: 15 }, { undone: removal })).toMatchObject({ desired: 15 });
      const busy = new Scenario(tracking).tick({ active: 10, cpu: 90 }, { undone: removal });
      expect(busy).toMatchObject({ desired: 15, policy: 'target_tracking' });
    });

    it.each([
      ['target tracking', tracking, 300_000],
      ['the service level', { slo: SLO, mode: 'act' } as const, 300_000],
      ['threshold', { threshold: { ...THRESHOLD, sustainedLowMs: 0 }, mode: 'act' } as const, 30_000],
    ])('leaves later removals to the stabilization window of %s', (_name, policy, windowMs) => {
      const cluster = new Scenario(policy);
      // Long enough for every window to be full of low recommendations.
      cluster.ticks(60, { active: 3, cpu: 10 });
      const undone = cluster.tick({ active: 3, cpu: 10 }, { undone: removal });
      expect(undone.desired).toBe(12);
      const since = cluster.now;
      let decision = cluster.tick({ active: 12, cpu: 2.5 });
      while (decision.desired === 12 && cluster.now - since < 2 * 3_600_000)
        decision = cluster.tick({ active: 12, cpu: 2.5 });
      expect(decision.desired).toBeLessThan(12);
      expect(decision.at - undone.at).toBeGreaterThanOrEqual(windowMs);
      expect(decision.at - undone.at).toBeLessThan(windowMs + 120_000);
    });

    it('removes in steps or at once what was added, except what the policies now need', () => {
      const cluster = new Scenario(NOTHING);
      const first = cluster.tick({ active: 100 }, { undone: addition });
      expect(first).toMatchObject({ action: 'SCALE_DOWN', desired: 80, code: 'in_steps' });
      expect(first).not.toHaveProperty('manualChange');
      const counts = [first.desired];
      while (counts.at(-1)! > 3) counts.push(cluster.tick({ active: counts.at(-1)! }, { undone: addition }).desired);
      expect(counts).toEqual([80, 64, 51, 40, 32, 25, 20, 16, 12, 9, 7, 5, 3]);
      const immediate = { ...addition, immediate: true };
      expect(new Scenario(NOTHING).tick({ active: 100 }, { undone: immediate })).toMatchObject({ desired: 3 });
      expect(
        new Scenario(NOTHING).tick({ active: 100 }, { undone: immediate, bounds: { min: 5, max: 9 } }),
      ).toMatchObject({ desired: 5 });
      const busy = new Scenario(tracking).tick({ active: 50, cpu: 90 }, { undone: addition });
      expect(busy).toMatchObject({ action: 'SCALE_UP', policy: 'target_tracking' });
      // A policy that removes servers itself does not wait for the steps.
      const idle = new Scenario({ targetTracking: TRACKING, mode: 'act' });
      expect(idle.tick({ active: 100, cpu: 1 }, { undone: addition })).toMatchObject({
        desired: 2,
        code: 'below_target',
      });
    });
  });

  describe('while servers are missing', () => {
    const tracking: Policy = { targetTracking: TRACKING, mode: 'act' };
    const missing = { reference: 10, lost: 5 };

    it.each([
      ['target tracking', tracking],
      ['slo', { slo: SLO, mode: 'act' } as const],
      ['threshold', { threshold: { ...THRESHOLD, sustainedLowMs: 0 }, mode: 'act' } as const],
    ])('is no removal by %s', (_name, policy) => {
      for (const look of [{ active: 5, cpu: 5 }, { active: 0 }, { active: 3, cpu: 85 }]) {
        const decision = new Scenario(policy, { bounds: { min: 2, max: 50 } }).tick(look, missing);
        expect(decision.desired).toBeGreaterThanOrEqual(10);
        expect(decision).toMatchObject({ action: 'SCALE_UP', current: look.active });
      }
    });

    it('is a removal once the list was equally short for five minutes', () => {
      const cluster = new Scenario(tracking);
      const since = START - 5 * 60_000;
      const early = cluster.tick({ active: 5, cpu: 6 }, { ...missing, shortSince: since + 1 });
      expect(early).toMatchObject({ desired: 10 });
      const late = new Scenario(tracking).tick({ active: 5, cpu: 6 }, { ...missing, shortSince: since });
      expect(late).toMatchObject({ action: 'SCALE_DOWN', current: 10, listed: 5 });
    });

    it('never requests fewer servers than before', () => {
      const busy = { active: 5, cpu: 90 };
      expect(new Scenario(tracking).tick(busy, { floor: 14 })).toMatchObject({ action: 'SCALE_UP', desired: 14 });
      expect(new Scenario(tracking).tick({ active: 5, cpu: 60 }, { floor: 14 })).toMatchObject({ action: 'MAINTAIN' });
      expect(new Scenario(tracking).tick(busy, { floor: 14, bounds: { min: 1, max: 9 } })).toMatchObject({
        desired: 9,
      });
    });
  });

  it('reports a window outside the bounds', () => {
    const cluster = new Scenario(NOTHING, { bounds: { min: 2, max: 12 } });
    const decision = cluster.tick({ active: 12 }, { openWindows: [{ name: 'sale', minServers: 50 }] });
    expect(decision.steps).toContainEqual(
      expect.objectContaining({
        stage: 'bound',
        code: 'bounds_conflict',
        data: { window: 'sale', asked: 50, from: 'max_servers', bound: 12 },
      }),
    );
    const low = cluster.tick({ active: 2 }, { openWindows: [{ name: 'night', maxServers: 1 }] });
    const conflict = low.steps.find(({ code }) => code === 'bounds_conflict');
    expect(conflict?.data).toEqual({ window: 'night', asked: 1, from: 'min_servers', bound: 2 });
  });

  it.each([
    ['slo', { slo: SLO, mode: 'act' } as const],
    ['target tracking', { targetTracking: TRACKING, mode: 'act' } as const],
    ['threshold', { threshold: { ...THRESHOLD, sustainedLowMs: 0 }, mode: 'act' } as const],
  ])('of %s removes nothing unless more than four fifths report', (_name, policy: Policy) => {
    const bounds = { min: 1, max: 50 };
    const least = (heard: number) =>
      new Scenario(policy, { bounds }).ticks(40, { active: 10, heard, cpu: 1, memory: 1 });
    expect(least(8).desired).toBe(10);
  });
});

describe('the state', () => {
  it('records changes of the reference count, each once', () => {
    const once = settle(initialState(), 5, START);
    expect(once).toMatchObject({ lastScaleUpAt: START, changes: [{ at: START, by: 5 }] });
    expect(settle(once, 5, START)).toEqual(once);
    expect(settle(initialState(), 0, START)).toEqual(initialState());
  });

  it('gives back to rate limits what another writer removes', () => {
    const tracked = {
      ...TRACKING,
      scaleUp: { select: 'max', rules: [{ type: 'servers', value: 4, periodMs: 600_000 }] },
    } as const;
    const used = settle(initialState(), 4, START);
    const allowed = (state: EngineState, reference: number): number =>
      tick(
        inputOf({ active: reference, cpu: 100 }, { targetTracking: tracked, mode: 'act' }, state, START + INTERVAL_MS),
      ).decision.desired;
    expect(allowed(used, 14)).toBe(14);
    expect(allowed(noteExternal(used, -4, START + INTERVAL_MS), 10)).toBe(14);
    // An addition by another writer uses up nothing.
    expect(allowed(noteExternal(initialState(), 4, START), 14)).toBe(18);
  });

  it.each([null, undefined])('is initial where none is stored (%s)', (value) => {
    expect(restoreState(value)).toEqual({ state: initialState(), warning: null });
  });

  it.each([
    { version: 2 },
    'text',
    { ...initialState(), changes: [{ at: 'x' }] },
    { ...initialState(), policies: null },
    { ...initialState(), restored: { at: 'x', count: 3 } },
  ])('is not trusted in part: %j', (value) => {
    expect(restoreState(value)).toEqual({ state: initialState(), warning: expect.any(String) });
  });

  it('survives damaged state of its policies', () => {
    const policies = { threshold: { history: [null], lowSince: 'x' }, target_tracking: { recommendations: [null, 3] } };
    const { state } = restoreState({ ...initialState(), policies });
    const policy: Policy = { targetTracking: TRACKING, threshold: THRESHOLD, mode: 'act' };
    expect(tick(inputOf({ active: 4, cpu: 90 }, policy, state, START)).decision.desired).toBeGreaterThanOrEqual(4);
  });
});

describe('any cluster', () => {
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
  const undone = fc.record({
    by: fc.constant('ada'),
    from: fc.integer({ min: 1, max: 30 }),
    to: fc.nat({ max: 30 }),
    immediate: fc.boolean(),
  });
  const runsOf = (of: readonly Policy[]) =>
    fc.record({
      policy: fc.constantFrom(...of),
      bounds,
      // By tick; most ticks have none.
      undone: fc.array(fc.option(undone, { nil: null, freq: 2 }), { maxLength: 25 }),
      looks: fc.array(looks, { minLength: 1, maxLength: 25 }),
    });
  const runs = runsOf(policies);
  const runsOfAll = runsOf([...policies, { slo: SLO, mode: 'act' }, { slo: SLO, threshold: THRESHOLD, mode: 'act' }]);

  function run(
    scenario: {
      policy: Policy;
      bounds: { min: number; max: number };
      looks: readonly Look[];
      undone?: readonly (UndoneChange | null)[];
    },
    through: (state: EngineState) => EngineState,
  ) {
    let state = initialState();
    return scenario.looks.map((look, index) => {
      const now = START + index * INTERVAL_MS;
      const rest = { bounds: scenario.bounds, undone: scenario.undone?.[index] ?? null };
      const input = inputOf(look, scenario.policy, through(state), now, rest);
      const { decision, state: after } = tick(input);
      state = settle(after, decision.desired - decision.reference, now);
      return { input, decision };
    });
  }

  it('has steps that lead from the listed to the desired count', () => {
    fc.assert(
      fc.property(runsOfAll, (scenario) => {
        for (const { decision } of run(scenario, (state) => state)) expectChain(decision);
      }),
    );
  });

  it('has a count within its bounds, and no negative unmet demand', () => {
    fc.assert(
      fc.property(runsOfAll, (scenario) => {
        for (const { decision } of run(scenario, (state) => state)) {
          expect(decision.desired).toBeGreaterThanOrEqual(scenario.bounds.min);
          // Changes by users that remove more than half go in steps.
          const stepping = decision.code === 'in_steps' && decision.desired < decision.reference;
          expect(stepping ? scenario.bounds.min : decision.desired).toBeLessThanOrEqual(scenario.bounds.max);
          expect(decision.unmet).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('loses no server within its bounds while its metrics are not fresh', () => {
    fc.assert(
      fc.property(runsOfAll, (scenario) => {
        // Changes by users outrank missing knowledge.
        const ticks = run({ ...scenario, undone: [] }, (state) => state);
        const blind = ticks.filter(({ input }) => !input.observation.fresh);
        for (const { decision } of blind) {
          expect(decision.desired).toBeGreaterThanOrEqual(Math.min(decision.current, scenario.bounds.max));
        }
      }),
    );
  });

  it('gets the same decisions again, also after its state went through JSON', () => {
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

  it('gets the same decisions from a service level again, also after a restart in any minute', () => {
    /** Thirty hours with missing metrics, a changing lead time, and two ticks a minute. */
    const decisions = (seed: number, restartIn: number | null): string[] => {
      const random = uniform(seed);
      const made: string[] = [];
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
        // Before the first tick of the minute: a plan that a restored model had made within the minute is back only
        // with the next step.
        if (restartIn !== null && index === 2 * restartIn) {
          const stored = restoreState(JSON.parse(JSON.stringify(state))).state;
          state = relearn(stored, SLO, modelOf(state), [], timing);
        }
        const { decision, state: after } = tick(
          inputOf(look, { slo: SLO, mode: 'act' }, state, START + 30_000 * index, timing),
        );
        state = settle(after, decision.desired - decision.reference, decision.at);
        active = decision.desired;
        made.push(JSON.stringify(decision));
      }
      return made;
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

  it('does not modify its input', () => {
    fc.assert(
      fc.property(runs, (scenario) => {
        run(scenario, (state) => deepFreeze(state));
      }),
    );
  });

  it('decides the same for any order of its samples', () => {
    fc.assert(
      fc.property(looks, fc.constantFrom<Policy>(...policies, { slo: SLO, mode: 'act' }), (look, policy) => {
        const input = inputOf(look, policy, initialState(), START);
        const reversed = { ...input.observation, samples: input.observation.samples.toReversed() };
        expect(tick({ ...input, observation: reversed }).decision).toEqual(tick(input).decision);
      }),
    );
  });

  it('decides the same for any share of slow or failed requests', () => {
    const rates = fc.constantFrom(null, 0, 1, 1000);
    const measured = fc.record({ requestRate: rates, badRate: rates });
    const every: Policy[] = [...policies, { slo: SLO, mode: 'act' }];
    fc.assert(
      fc.property(fc.array(looks, { maxLength: 20 }), measured, fc.constantFrom(...every), (seen, share, policy) => {
        let state = initialState();
        for (const [index, look] of seen.entries()) {
          const input = inputOf(look, policy, state, START + index * INTERVAL_MS);
          const output = tick(input);
          expect(tick({ ...input, observation: { ...input.observation, measured: share } })).toEqual(output);
          ({ state } = output);
        }
      }),
    );
  });
});

function expectChain({ steps, listed, desired, action, current }: Decision): void {
  const [first, ...rest] = steps.filter((step) => step.aside !== true);
  expect(first).toMatchObject({ stage: 'observe', before: null, after: listed });
  let count = listed;
  for (const { before, after } of rest) {
    expect(before).toBe(count);
    count = after;
  }
  expect(count).toBe(desired);
  expect(action === 'MAINTAIN').toBe(desired === current);
}

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
