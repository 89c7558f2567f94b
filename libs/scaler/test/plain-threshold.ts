import type { ThresholdPolicy } from '#engine';

/** Scales on CPU alone, without trends and spikes, one server at a time. */
export const PLAIN_THRESHOLD: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 99,
  memoryLow: 98,
  sustainedHighMs: 0,
  sustainedLowMs: 0,
  trendWindowMs: 0,
  spikePoints: 100,
  spikeWindowMs: 0,
  emergency: 100,
  scaleUpStep: 1,
  scaleDownStep: 1,
  emergencyStep: 1,
  cooldownUpMs: 60_000,
  cooldownDownMs: 60_000,
};
