import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputOf, INTERVAL_MS, samplesOf, Scenario, serversOf, START } from '../../test/scenario.js';
import { observe } from '../observe.js';
import { initialState, restoreState } from '../state.js';
import { tick } from '../tick.js';
import type { Policy, TargetTrackingPolicy } from '../types.js';
import { TARGET_TRACKING_DEFAULTS } from './target-tracking.js';

function scenario(change: Partial<TargetTrackingPolicy> = {}): Scenario {
  const targetTracking = { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }], ...change } as const;
  const policy: Policy = { targetTracking, mode: 'act' };
  return new Scenario(policy);
}

const BOTH = [
  { metric: 'cpu', target: 60 },
  { metric: 'memory', target: 50 },
] as const;

describe('target tracking', () => {
  it('scales up at once', () => {
    expect(scenario().tick({ active: 10, cpu: 90 })).toMatchObject({
      action: 'SCALE_UP',
      desired: 15,
      code: 'above_target',
    });
  });

  it('scales up by no more than the rules allow', () => {
    const decision = scenario().tick({ active: 1, cpu: 100 });
    expect(decision.desired).toBe(2);
    const limited = scenario({ metrics: [{ metric: 'request_rate', target: 1 }] }).tick({
      active: 3,
      requestRate: 100,
    });
    expect(limited).toMatchObject({ desired: 7, code: 'scale_up_rate' });
  });

  it('counts its recent additions against the rules', () => {
    const cluster = scenario({ metrics: [{ metric: 'request_rate', target: 1 }] });
    cluster.carryOut(cluster.tick({ active: 10, requestRate: 100 }));
    expect(cluster.tick({ active: 20, requestRate: 100 })).toMatchObject({ action: 'MAINTAIN', code: 'scale_up_rate' });
    expect(cluster.tick({ active: 20, requestRate: 100 })).toMatchObject({ desired: 40 });
  });

  it('scales down only to the highest recommendation of five minutes, including the initial count', () => {
    const cluster = scenario();
    expect(cluster.tick({ active: 10, cpu: 30 })).toMatchObject({ action: 'MAINTAIN', code: 'stabilised_down' });
    expect(cluster.ticks(29, { active: 10, cpu: 30 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 10, cpu: 30 })).toMatchObject({ action: 'SCALE_DOWN', desired: 5 });
  });

  it('scales up only to the lowest recommendation of the window, if one is set', () => {
    const cluster = scenario({ scaleUpStabilizationMs: 30_000 });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'stabilised_up' });
    cluster.ticks(2, { active: 10, cpu: 90 });
    expect(cluster.tick({ active: 10, cpu: 90 }).desired).toBe(15);
  });

  it('counts additions and recommendations from now on after the clock was set back', () => {
    const cluster = scenario();
    cluster.carryOut(cluster.tick({ active: 10, cpu: 100 }));
    cluster.now -= 3_600_000;
    expect(cluster.tick({ active: 17, cpu: 100 })).toMatchObject({ desired: 20, code: 'scale_up_rate' });
    expect(cluster.ticks(2, { active: 17, cpu: 100 })).toMatchObject({ action: 'SCALE_UP', desired: 29 });
    expect(cluster.ticks(29, { active: 17, cpu: 30 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 17, cpu: 30 })).toMatchObject({ action: 'SCALE_DOWN', desired: 9 });
    cluster.now -= 3_600_000;
    expect(cluster.ticks(31, { active: 17, cpu: 30 })).toMatchObject({ action: 'SCALE_DOWN', desired: 9 });
  });

  it('follows the metric with the highest proposal', () => {
    expect(scenario({ metrics: BOTH }).tick({ active: 10, cpu: 50, memory: 75 })).toMatchObject({ desired: 15 });
  });

  it('removes nothing while nothing is known', () => {
    const cluster = scenario();
    cluster.ticks(40, { active: 10, cpu: 30 });
    expect(cluster.tick({ active: 10, heard: 0 })).toMatchObject({ action: 'MAINTAIN', code: 'metrics_missing' });
  });

  it('limits the size of its state, however short the interval', () => {
    const cluster = scenario({ scaleDownStabilizationMs: 3_600_000 });
    cluster.ticks(2000, { active: 10, cpu: 60 });
    expect(JSON.stringify(cluster.state).length).toBeLessThan(10_000);
  });
});

describe('the stabilization windows of target tracking', () => {
  const DOWN_MS = 20_000;

  /** Twenty servers on target for a minute. */
  function settled(change: Partial<TargetTrackingPolicy> = {}): Scenario {
    const cluster = scenario({ scaleDownStabilizationMs: DOWN_MS, ...change });
    cluster.ticks(6, { active: 20, cpu: 60 });
    return cluster;
  }

  it.each([
    ['without metrics', (cluster: Scenario) => void cluster.ticks(3, { active: 20, heard: 0 })],
    ['that the cluster was paused', (cluster: Scenario) => void (cluster.now += 30_000)],
    [
      'that the service was down',
      (cluster: Scenario) => {
        cluster.now += 30_000;
        cluster.state = restoreState(JSON.parse(JSON.stringify(cluster.state))).state;
      },
    ],
  ])('begin with the current count after 30 s %s: a short dip removes nothing', (_, pass) => {
    const cluster = settled();
    pass(cluster);
    const decision = cluster.tick({ active: 20, cpu: 5 });
    expect(decision).toMatchObject({ action: 'MAINTAIN', desired: 20, code: 'stabilised_down' });
    expect(decision.steps.at(-1)?.data).toEqual({ window_ms: 20_000, recommended: 20, watched_ms: 0, current: 20 });
    expect(cluster.tick({ active: 20, cpu: 60 }).action).toBe('MAINTAIN');
  });

  it('say how long the load has been watched while only the count that they began with holds', () => {
    const cluster = scenario();
    cluster.tick({ active: 40, cpu: 10 });
    const early = cluster.tick({ active: 40, cpu: 10 });
    expect(early.reason).toMatch(
      /^Staying at 40: the load has been watched for only 10 s\.\nServers are removed after 5 min/,
    );
    // The same count, but needed: twenty servers carried twice the load.
    const busy = scenario();
    busy.tick({ active: 20, cpu: 60 });
    expect(busy.tick({ active: 20, cpu: 20 }).reason).toMatch(
      /^Staying at 20: that many were needed within the last 5 min\./,
    );
  });

  it('allow a removal once the dip lasted as long as the window after the gap', () => {
    const cluster = settled();
    cluster.now += 30_000;
    expect(cluster.ticks(2, { active: 20, cpu: 5 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 20, cpu: 5 })).toMatchObject({ action: 'SCALE_DOWN', desired: 2 });
  });

  it('start with the current count when scaling up, too', () => {
    const cluster = settled({ scaleUpStabilizationMs: 20_000 });
    cluster.now += 30_000;
    expect(cluster.ticks(2, { active: 20, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'stabilised_up' });
    expect(cluster.tick({ active: 20, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 30 });
  });

  it('are not empty when the interval is as long as they are', () => {
    const cluster = scenario({ scaleDownStabilizationMs: INTERVAL_MS / 2 });
    cluster.tick({ active: 20, cpu: 60 });
    expect(cluster.tick({ active: 20, cpu: 5 })).toMatchObject({ action: 'SCALE_DOWN', desired: 2 });
  });

  const event = fc.record({
    cpu: fc.integer({ min: 0, max: 100 }),
    heard: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
    /** Seconds until the next tick beyond the interval; negative: the clock was set back. */
    later: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -400, max: 400 })),
    restart: fc.boolean(),
  });

  it('never let the count fall below their highest recommendation', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(20_000, 60_000, 300_000),
        (events, first, windowMs) => {
          const cluster = scenario({ scaleDownStabilizationMs: windowMs });
          let known: { readonly at: number; readonly count: number }[] = [];
          let active = first;
          for (const { cpu, heard, later, restart } of events) {
            const { now } = cluster;
            known = known
              .map(({ at, count }) => ({ at: Math.min(at, now), count }))
              .filter(({ at }) => at > now - windowMs);
            const decision = cluster.tick({ active, cpu, ...(heard ? {} : { heard: 0 }) });
            const isFirst = known.length === 0;
            if (heard) known.push({ at: now, count: decision.steps.find(({ stage }) => stage === 'propose')!.after });
            const highest = Math.max(...known.map(({ count }) => count));
            const least = !heard || isFirst ? active : Math.min(active, highest);
            expect(decision.desired).toBeGreaterThanOrEqual(least);
            cluster.carryOut(decision);
            active = decision.desired;
            cluster.now += 1000 * later;
            if (restart) cluster.state = restoreState(JSON.parse(JSON.stringify(cluster.state))).state;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('new servers', () => {
  const CPU = [{ metric: 'cpu', target: 60 }] as const;

  it('are not counted as load: at 100 % CPU during start they count as idle when scaling up', () => {
    const look = { active: 20, cpu: 60, young: { count: 10, cpu: 100, ageMs: 20_000 } };
    const decision = scenario().tick(look);
    expect(decision).toMatchObject({ action: 'MAINTAIN', desired: 20 });
    expect(decision.steps[1]!.data).toMatchObject({ value: 60, counted: 10, servers: 20 });
  });

  it('do not cause endless scale-ups', () => {
    const cluster = scenario();
    let active = 10;
    cluster.carryOut(cluster.tick({ active, cpu: 100 }));
    active = 17;
    for (const ageMs of [10_000, 20_000]) {
      expect(cluster.tick({ active, cpu: 75, young: { count: 7, cpu: 100, ageMs } }).desired).toBe(active);
    }
    expect(cluster.tick({ active, cpu: 60, young: { count: 7, cpu: 60, ageMs: 30_000 } }).desired).toBe(active);
  });

  it('are left out when scaling down', () => {
    const cluster = scenario({ scaleDownStabilizationMs: 0 });
    // Ten at 12 % need two; the ten new ones need no more.
    expect(cluster.tick({ active: 20, cpu: 12, young: { count: 10, cpu: 100, ageMs: 5000 } })).toMatchObject({
      action: 'SCALE_DOWN',
      desired: 2,
    });
  });

  it('count from half a minute on, and from the end of their warm-up on', () => {
    const policy: Policy = { targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: CPU }, mode: 'act' };
    const decide = (ageMs: number, warmupMs: number) => {
      const look = { active: 8, cpu: 90, young: { count: 4, cpu: 90, ageMs } };
      const observation = observe({
        now: START,
        intervalMs: INTERVAL_MS,
        warmupMs,
        servers: serversOf(look, START),
        samples: samplesOf(look, START),
      });
      return tick(inputOf(look, policy, initialState(), START, { observation })).decision;
    };
    // The four past their start need six; the others add nothing until they count.
    expect(decide(29_000, 0)).toMatchObject({ action: 'MAINTAIN', code: 'held_by_unknown' });
    expect(decide(30_000, 0)).toMatchObject({ action: 'SCALE_UP', desired: 12 });
    expect(decide(60_000, 120_000)).toMatchObject({ action: 'MAINTAIN', code: 'held_by_unknown' });
    expect(decide(120_000, 120_000)).toMatchObject({ action: 'SCALE_UP', desired: 12 });
  });

  it.each([0, 10_000, 30_000, 60_000])('count if all of them are %i ms old: there is no other source', (ageMs) => {
    const cluster = scenario();
    const young = { count: 4, cpu: 90, ageMs };
    expect(cluster.tick({ active: 4, young })).toMatchObject({ action: 'SCALE_UP', desired: 6 });
    expect(cluster.tick({ active: 4, heard: 0, young })).toMatchObject({ code: 'metrics_missing' });
  });

  it('count for every metric that a start does not affect', () => {
    const cluster = scenario({ metrics: [{ metric: 'request_rate', target: 50 }] });
    const look = { active: 4, requestRate: 75, young: { count: 4, cpu: 100, ageMs: 5000 } };
    expect(cluster.tick(look)).toMatchObject({ action: 'SCALE_UP', desired: 6 });
  });
});
