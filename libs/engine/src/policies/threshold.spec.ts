import { describe, expect, it } from '@jest/globals';
import { Scenario } from '../../test/scenario.js';
import type { Policy, ThresholdPolicy } from '../types.js';

const THRESHOLD: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 85,
  memoryLow: 40,
  sustainedHighMs: 30_000,
  sustainedLowMs: 60_000,
  trendWindowMs: 0,
  spikePoints: 30,
  spikeWindowMs: 0,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 60_000,
  cooldownDownMs: 120_000,
};

function scenario(change: Partial<ThresholdPolicy> = {}): Scenario {
  const policy: Policy = { threshold: { ...THRESHOLD, ...change }, mode: 'act' };
  return new Scenario(policy);
}

describe('thresholds', () => {
  it('scale up by a step after load was high long enough', () => {
    const cluster = scenario();
    expect(cluster.ticks(3, { active: 4, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'high_not_sustained' });
    expect(cluster.tick({ active: 4, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 6, code: 'high' });
  });

  it('scale up for memory alone', () => {
    expect(scenario({ sustainedHighMs: 0 }).tick({ active: 4, cpu: 40, memory: 90 })).toMatchObject({
      desired: 6,
      code: 'high',
    });
  });

  it('begin anew when load was not high for one tick', () => {
    const cluster = scenario();
    cluster.ticks(3, { active: 4, cpu: 90 });
    cluster.tick({ active: 4, cpu: 50 });
    expect(cluster.ticks(3, { active: 4, cpu: 90 }).action).toBe('MAINTAIN');
  });

  it('begin anew after ticks without metrics', () => {
    const cluster = scenario();
    cluster.ticks(3, { active: 4, cpu: 90 });
    expect(cluster.ticks(4, { active: 4, heard: 0 })).toMatchObject({ action: 'MAINTAIN', code: 'metrics_missing' });
    expect(cluster.tick({ active: 4, cpu: 90 }).code).toBe('high_not_sustained');
  });

  it('scale down by a step after load was low long enough', () => {
    const cluster = scenario();
    expect(cluster.ticks(6, { active: 4, cpu: 10 }).code).toBe('low_not_sustained');
    expect(cluster.tick({ active: 4, cpu: 10 })).toMatchObject({ action: 'SCALE_DOWN', desired: 3, code: 'low' });
  });

  it('do not scale down while memory is above its low mark', () => {
    expect(scenario({ sustainedLowMs: 0 }).tick({ active: 4, cpu: 10, memory: 60 }).action).toBe('MAINTAIN');
  });

  it('do not scale down while servers are on their way', () => {
    expect(scenario({ sustainedLowMs: 0 }).tick({ active: 4, provisioning: 1, cpu: 10 }).code).toBe(
      'still_provisioning',
    );
  });

  it('take silent servers for busy ones', () => {
    const cluster = scenario();
    expect(cluster.ticks(30, { active: 10, heard: 5, cpu: 5 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 10, cpu: 5 }).code).toBe('low_not_sustained');
  });

  it('see a trend before it arrives', () => {
    const cluster = scenario({ trendWindowMs: 60_000, sustainedHighMs: 0 });
    expect(cluster.tick({ active: 4, cpu: 40 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 4, cpu: 48 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 4, cpu: 56 })).toMatchObject({ action: 'SCALE_UP', code: 'high' });
  });

  it('answer a spike without waiting', () => {
    const cluster = scenario({ spikeWindowMs: 30_000 });
    cluster.tick({ active: 4, cpu: 35 });
    expect(cluster.tick({ active: 4, cpu: 70 })).toMatchObject({ desired: 6, code: 'spike' });
  });

  it('answer an emergency at once, whatever the cooldown, and once for all servers on their way', () => {
    const cluster = scenario();
    const first = cluster.tick({ active: 4, cpu: 97 });
    expect(first).toMatchObject({ desired: 8, code: 'emergency' });
    cluster.carryOut(first);
    expect(cluster.tick({ active: 4, provisioning: 4, cpu: 99 })).toMatchObject({ action: 'MAINTAIN', desired: 8 });
    expect(cluster.tick({ active: 8, cpu: 99 })).toMatchObject({ desired: 12, code: 'emergency' });
  });

  it('wait out both cooldowns', () => {
    const cluster = scenario({ sustainedHighMs: 0, sustainedLowMs: 0 });
    cluster.carryOut(cluster.tick({ active: 4, cpu: 90 }));
    expect(cluster.tick({ active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_up' });
    expect(cluster.ticks(5, { active: 6, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 8 });
    expect(cluster.tick({ active: 6, cpu: 10 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_down' });
    expect(cluster.ticks(5, { active: 6, cpu: 10 })).toMatchObject({ action: 'SCALE_DOWN', desired: 5 });
  });

  it('begin anew, and wait out a cooldown once more, when the clock was set back', () => {
    const cluster = scenario();
    cluster.carryOut(cluster.ticks(4, { active: 4, cpu: 90 }));
    cluster.tick({ active: 6, cpu: 90 });
    cluster.now -= 3_600_000;
    expect(cluster.ticks(3, { active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'high_not_sustained' });
    expect(cluster.ticks(3, { active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_up' });
    expect(cluster.tick({ active: 6, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 8 });
  });

  it('start no cooldown for what failed', () => {
    const cluster = scenario({ sustainedHighMs: 0 });
    cluster.tick({ active: 4, cpu: 90 });
    expect(cluster.tick({ active: 4, cpu: 90 })).toMatchObject({ action: 'SCALE_UP' });
  });
});
