import { describe, expect, it } from '@jest/globals';
import type { ThresholdPolicy } from '#engine';
import { EnginePolicy } from './engine-policy.js';
import { Oracle } from './oracle.js';
import { leadTicks, noiseFor, playWorld, type WorldOptions } from './tick-world.js';

/** `{"threshold": {}}` with the shipped configuration. */
const SHIPPED: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 85,
  memoryLow: 40,
  sustainedHighMs: 60_000,
  sustainedLowMs: 300_000,
  trendWindowMs: 300_000,
  spikePoints: 30,
  spikeWindowMs: 60_000,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 120_000,
  cooldownDownMs: 300_000,
};

const TICKS_A_DAY = 8640;

function play(demand: Float64Array, provisionSeconds: number) {
  const options: WorldOptions = {
    tickSeconds: 10,
    provisionSeconds,
    min: 1,
    max: 1000,
    maxUtilization: 0.9,
    startAt: 0,
    noise: noiseFor(demand.length, 0.02, 1),
  };
  const score = playWorld(demand, new EnginePolicy({ threshold: SHIPPED, mode: 'act' }), options);
  const oracle = playWorld(demand, new Oracle(demand, leadTicks(options), 0.9), options);
  return { ...score, costToOracle: score.cost / oracle.cost };
}

describe('thresholds at constant demand', () => {
  it.each([0.25, 0.58, 0.7, 1.2, 2.3, 5.8, 11])('of %d servers converge', (servers) => {
    const demand = new Float64Array(TICKS_A_DAY).fill(servers);
    const { actionsPerDay, violation } = play(demand, 60);
    expect(actionsPerDay).toBe(0);
    expect(violation).toBe(0);
  });

  it('of 0.58 servers cost the same as the oracle', () => {
    expect(play(new Float64Array(TICKS_A_DAY).fill(0.58), 60).costToOracle).toBeCloseTo(1, 2);
  });
});
