import { describe, expect, it } from '@jest/globals';
import { type Look, Scenario } from '../../test/scenario.js';
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
  it('scale up by a step after sustained high load', () => {
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

  it('restart the time when load was not high for one tick', () => {
    const cluster = scenario();
    cluster.ticks(3, { active: 4, cpu: 90 });
    cluster.tick({ active: 4, cpu: 50 });
    expect(cluster.ticks(3, { active: 4, cpu: 90 }).action).toBe('MAINTAIN');
  });

  it('restart the time after ticks without metrics', () => {
    const cluster = scenario();
    cluster.ticks(3, { active: 4, cpu: 90 });
    expect(cluster.ticks(4, { active: 4, heard: 0 })).toMatchObject({ action: 'MAINTAIN', code: 'metrics_missing' });
    expect(cluster.tick({ active: 4, cpu: 90 }).code).toBe('high_not_sustained');
  });

  it('scale down by a step after sustained low load', () => {
    const cluster = scenario();
    expect(cluster.ticks(6, { active: 4, cpu: 10 }).code).toBe('low_not_sustained');
    expect(cluster.tick({ active: 4, cpu: 10 })).toMatchObject({ action: 'SCALE_DOWN', desired: 3, code: 'low' });
  });

  it('do not scale down while memory is above its low threshold', () => {
    expect(scenario({ sustainedLowMs: 0 }).tick({ active: 4, cpu: 10, memory: 60 }).action).toBe('MAINTAIN');
  });

  it('do not scale down while servers are pending', () => {
    expect(scenario({ sustainedLowMs: 0 }).tick({ active: 4, provisioning: 1, cpu: 10 }).code).toBe(
      'still_provisioning',
    );
  });

  it('count silent servers as busy', () => {
    const cluster = scenario();
    expect(cluster.ticks(30, { active: 10, heard: 5, cpu: 5 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 10, cpu: 5 }).code).toBe('low_not_sustained');
  });

  it('detect a trend before it reaches the threshold', () => {
    const cluster = scenario({ trendWindowMs: 60_000, sustainedHighMs: 0 });
    expect(cluster.tick({ active: 4, cpu: 40 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 4, cpu: 48 }).action).toBe('MAINTAIN');
    expect(cluster.tick({ active: 4, cpu: 56 })).toMatchObject({ action: 'SCALE_UP', code: 'high' });
  });

  it('react to a spike without waiting', () => {
    const cluster = scenario({ spikeWindowMs: 30_000 });
    cluster.tick({ active: 4, cpu: 35 });
    expect(cluster.tick({ active: 4, cpu: 70 })).toMatchObject({ desired: 6, code: 'spike' });
  });

  it('react to an emergency at once, ignoring cooldowns, and once for all pending servers', () => {
    const cluster = scenario();
    const first = cluster.tick({ active: 4, cpu: 97 });
    expect(first).toMatchObject({ desired: 8, code: 'emergency' });
    cluster.carryOut(first);
    expect(cluster.tick({ active: 4, provisioning: 4, cpu: 99 })).toMatchObject({ action: 'MAINTAIN', desired: 8 });
    expect(cluster.tick({ active: 8, cpu: 99 })).toMatchObject({ desired: 12, code: 'emergency' });
  });

  it('wait for both cooldowns', () => {
    const cluster = scenario({ sustainedHighMs: 0, sustainedLowMs: 0 });
    cluster.carryOut(cluster.tick({ active: 4, cpu: 90 }));
    expect(cluster.tick({ active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_up' });
    expect(cluster.ticks(5, { active: 6, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 8 });
    expect(cluster.tick({ active: 6, cpu: 10 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_down' });
    expect(cluster.ticks(5, { active: 6, cpu: 10 })).toMatchObject({ action: 'SCALE_DOWN', desired: 5 });
  });

  it('restart times and cooldowns after the clock was set back', () => {
    const cluster = scenario();
    cluster.carryOut(cluster.ticks(4, { active: 4, cpu: 90 }));
    cluster.tick({ active: 6, cpu: 90 });
    cluster.now -= 3_600_000;
    expect(cluster.ticks(3, { active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'high_not_sustained' });
    expect(cluster.ticks(3, { active: 6, cpu: 90 })).toMatchObject({ action: 'MAINTAIN', code: 'cooldown_up' });
    expect(cluster.tick({ active: 6, cpu: 90 })).toMatchObject({ action: 'SCALE_UP', desired: 8 });
  });

  it('start no cooldown for a failed request', () => {
    const cluster = scenario({ sustainedHighMs: 0 });
    cluster.tick({ active: 4, cpu: 90 });
    expect(cluster.tick({ active: 4, cpu: 90 })).toMatchObject({ action: 'SCALE_UP' });
  });
});

describe('changes made by the policy itself', () => {
  const TREND: Partial<ThresholdPolicy> = { trendWindowMs: 300_000, sustainedHighMs: 0 };

  it('are no trend: fewer servers at the same demand are busier, and only demand adds servers', () => {
    const cluster = scenario(TREND);
    cluster.ticks(6, { active: 2, cpu: 29 });
    for (let tick = 0; tick < 12; tick++) {
      expect(cluster.tick({ active: 1, cpu: 58 })).toMatchObject({ action: 'MAINTAIN', code: 'normal' });
    }
  });

  it('are no spike', () => {
    const cluster = scenario({ spikeWindowMs: 60_000 });
    cluster.ticks(3, { active: 4, cpu: 35 });
    expect(cluster.tick({ active: 2, cpu: 70 })).toMatchObject({ action: 'MAINTAIN', code: 'normal' });
  });

  it('are no spike or trend while the list is temporarily short', () => {
    const cluster = scenario({ ...TREND, spikeWindowMs: 60_000 });
    cluster.ticks(3, { active: 10, cpu: 55 });
    for (let round = 0; round < 4; round += 1) {
      expect(cluster.tick({ active: 3, cpu: 55 }, { reference: 10 })).toMatchObject({ desired: 10 });
      expect(cluster.tick({ active: 10, cpu: 55 })).toMatchObject({ action: 'MAINTAIN', code: 'normal' });
    }
  });

  it('hide no trend either: rising demand is detected while servers are added', () => {
    const cluster = scenario(TREND);
    cluster.tick({ active: 2, cpu: 50 });
    cluster.tick({ active: 3, cpu: 45 });
    expect(cluster.tick({ active: 4, cpu: 45 })).toMatchObject({ action: 'SCALE_UP', code: 'high' });
  });
});

describe('a removal', () => {
  const LOW: Partial<ThresholdPolicy> = { sustainedLowMs: 0, cpuLow: 50 };

  it('is projected first: it must not trigger an addition', () => {
    const decision = scenario(LOW).tick({ active: 2, cpu: 45 });
    expect(decision).toMatchObject({ action: 'MAINTAIN', code: 'removal_would_add' });
    expect(decision.steps.at(-1)).toMatchObject({
      data: { found: 'above', cpu: 90, cpu_threshold: 80, projected_servers: 1 },
    });
    expect(scenario(LOW).tick({ active: 3, cpu: 45 })).toMatchObject({ action: 'SCALE_DOWN', desired: 2 });
  });

  it('stops at the count nearest to its step that triggers none', () => {
    expect(scenario({ ...LOW, scaleDownStep: 8 }).tick({ active: 10, cpu: 40 })).toMatchObject({
      action: 'SCALE_DOWN',
      desired: 5,
    });
  });

  it.each([
    ['an emergency', { cpuHigh: 100, emergency: 80 }, [{ active: 2, cpu: 45 }]],
    [
      'a spike',
      { spikeWindowMs: 60_000 },
      [
        { active: 2, cpu: 5 },
        { active: 2, cpu: 25 },
      ],
    ],
    [
      'a trend',
      { trendWindowMs: 30_000 },
      [
        { active: 2, cpu: 8 },
        { active: 2, cpu: 17 },
        { active: 2, cpu: 26 },
      ],
    ],
    ['memory that follows load', { memoryLow: 60 }, [{ active: 2, cpu: 45, memory: 44 }]],
  ] as [string, Partial<ThresholdPolicy>, Look[]][])('is not made if %s would follow', (_, change, looks) => {
    const cluster = scenario({ sustainedLowMs: 0, cpuLow: 50, cpuHigh: 95, memoryHigh: 85, ...change });
    const decisions = looks.map((look) => cluster.tick(look));
    expect(decisions.at(-1)).toMatchObject({ action: 'MAINTAIN', code: 'removal_would_add' });
  });

  it('is not made while requested servers are missing', () => {
    const cluster = scenario({ sustainedLowMs: 0 });
    expect(cluster.tick({ active: 4, provisioning: 1, cpu: 10 }).code).toBe('still_provisioning');
  });
});

describe('memory that does not depend on load', () => {
  it('does not block removals: 123 servers at a demand of 0.02 go down to one', () => {
    const cluster = scenario({ sustainedLowMs: 0, cooldownDownMs: 0, scaleDownStep: 2 });
    let active = 123;
    for (let tick = 0; tick < 200 && active > 1; tick++) {
      const decision = cluster.tick({ active, cpu: 2 / active, memory: 55 });
      cluster.carryOut(decision);
      active = decision.desired;
    }
    expect(active).toBe(1);
  });

  it('is in the data of the step', () => {
    const cluster = scenario({ sustainedLowMs: 0 });
    cluster.ticks(20, { active: 4, cpu: 60, memory: 55 });
    cluster.ticks(20, { active: 4, cpu: 40, memory: 55 });
    const { action, steps } = cluster.tick({ active: 4, cpu: 5, memory: 55 });
    expect(action).toBe('SCALE_DOWN');
    expect(steps.at(-1)?.data).toMatchObject({ found: 'cpu_below', cpu: 5, memory: 55, memory_from_load: null });
  });

  it('counts above its floor where the rest follows load', () => {
    const cluster = scenario({ sustainedLowMs: 0, memoryHigh: 95 });
    const memory = (cpu: number) => 45 + 0.5 * cpu;
    for (const cpu of [60, 50, 40, 60, 50, 40, 60, 50, 40]) cluster.ticks(10, { active: 4, cpu, memory: memory(cpu) });
    const { action, steps } = cluster.tick({ active: 4, cpu: 10, memory: memory(10) });
    expect(action).toBe('SCALE_DOWN');
    expect(steps.at(-1)?.data).toMatchObject({ found: 'cpu_below', memory: 50 });
    expect(Number(steps.at(-1)?.data?.['memory_from_load'])).toBeGreaterThan(0);
    expect(Number(steps.at(-1)?.data?.['memory_from_load'])).toBeLessThan(30);
    expect(cluster.tick({ active: 4, cpu: 10, memory: 90 }).action).toBe('MAINTAIN');
  });
});

describe('a gap', () => {
  it('resets trend and spike: values before and after it are not compared', () => {
    const cluster = scenario({ trendWindowMs: 300_000, spikeWindowMs: 300_000, sustainedHighMs: 0 });
    cluster.ticks(3, { active: 4, cpu: 20 });
    cluster.ticks(5, { active: 4, heard: 0 });
    expect(cluster.ticks(2, { active: 4, cpu: 55 })).toMatchObject({ action: 'MAINTAIN', code: 'normal' });
  });

  it('resets the time of low load', () => {
    const cluster = scenario();
    cluster.ticks(6, { active: 4, cpu: 10 });
    cluster.now += 60_000;
    expect(cluster.tick({ active: 4, cpu: 10 }).code).toBe('low_not_sustained');
  });
});
