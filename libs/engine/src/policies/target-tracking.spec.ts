import { describe, expect, it } from '@jest/globals';
import { Scenario } from '../../test/scenario.js';
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
  it('goes up at once', () => {
    expect(scenario().tick({ active: 10, cpu: 90 })).toMatchObject({
      action: 'SCALE_UP',
      desired: 15,
      code: 'above_target',
    });
  });

  it('goes up by no more than the rules allow', () => {
    const decision = scenario().tick({ active: 1, cpu: 100 });
    expect(decision.desired).toBe(2);
    const limited = scenario({ metrics: [{ metric: 'request_rate', target: 1 }] }).tick({
      active: 3,
      requestRate: 100,
    });
    expect(limited).toMatchObject({ desired: 7, code: 'scale_up_rate' });
  });

  it('counts what it added a moment ago against the rules', () => {
    const cluster = scenario({ metrics: [{ metric: 'request_rate', target: 1 }] });
    cluster.carryOut(cluster.tick({ active: 10, requestRate: 100 }));
    expect(cluster.tick({ active: 20, requestRate: 100 })).toMatchObject({ action: 'MAINTAIN', code: 'scale_up_rate' });
    expect(cluster.tick({ active: 20, requestRate: 100 })).toMatchObject({ desired: 40 });
  });

  it('goes down only to the highest recommendation of five minutes, what stood there first included', () => {
    const cluster = scenario();
    expect(cluster.tick({ active: 10, cpu: 30 })).toMatchObject({ action: 'MAINTAIN', code: 'stabilised_down' });
    expect(cluster.ticks(29, { active: 10, cpu: 30 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 10, cpu: 30 })).toMatchObject({ action: 'SCALE_DOWN', desired: 5 });
  });

  it('goes up only to the lowest recommendation of the window, where one is set', () => {
    const cluster = scenario({ scaleUpStabilizationMs: 30_000 });
    expect(cluster.tick({ active: 10, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'stabilised_up' });
    cluster.ticks(2, { active: 10, cpu: 90 });
    expect(cluster.tick({ active: 10, cpu: 90 }).desired).toBe(15);
  });

  it('counts what it added and recommended from now on, when the clock was set back', () => {
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

  it('follows the metric that asks for most', () => {
    expect(scenario({ metrics: BOTH }).tick({ active: 10, cpu: 50, memory: 75 })).toMatchObject({ desired: 15 });
  });

  it('removes nobody while nothing is known', () => {
    const cluster = scenario();
    cluster.ticks(40, { active: 10, cpu: 30 });
    expect(cluster.tick({ active: 10, heard: 0 })).toMatchObject({ action: 'MAINTAIN', code: 'metrics_missing' });
  });

  it('keeps its memory small however short the interval', () => {
    const cluster = scenario({ scaleDownStabilizationMs: 3_600_000 });
    cluster.ticks(2000, { active: 10, cpu: 60 });
    expect(JSON.stringify(cluster.state).length).toBeLessThan(10_000);
  });
});
