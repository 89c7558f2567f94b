import { proposeThreshold } from '../policies/threshold.js';
import { initialState } from '../state.js';
import type { EngineState, Observation, ThresholdPolicy } from '../types.js';
import { uniformObservation } from '../uniform.js';
import { type Baseline, clampCount, type Seen } from './seen.js';

const SECOND = 1000;

/** The shipped `analyzer` and `decision` sections of the configuration. */
const GUIDE: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 80,
  memoryLow: 30,
  sustainedHighMs: 120 * SECOND,
  sustainedLowMs: 300 * SECOND,
  trendWindowMs: 300 * SECOND,
  spikePoints: 50,
  spikeWindowMs: 60 * SECOND,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 180 * SECOND,
  cooldownDownMs: 300 * SECOND,
};

/** The `threshold` policy itself, with CPU as its only metric. */
export class ThresholdBaseline implements Baseline {
  private stored: unknown = undefined;
  private engine: EngineState = initialState();

  constructor(private readonly policy: ThresholdPolicy = GUIDE) {}

  desired(seen: Seen): number {
    const current = seen.active + seen.provisioning;
    const proposal = proposeThreshold(
      this.policy,
      {
        now: seen.at,
        intervalMs: seen.tickSeconds * SECOND,
        bounds: seen,
        observation: observationOf(seen),
        current,
        leadTimeMs: seen.leadSeconds * SECOND,
        engine: this.engine,
      },
      this.stored,
    );
    this.stored = proposal.state;
    const desired = clampCount(proposal.desired ?? current, seen);
    if (desired > current) this.engine = { ...this.engine, lastScaleUpAt: seen.at };
    if (desired < current) this.engine = { ...this.engine, lastScaleDownAt: seen.at };
    return desired;
  }
}

function observationOf({ at, cpu, served, active, provisioning }: Seen): Observation {
  const percent = 100 * cpu;
  return uniformObservation({
    at,
    active,
    provisioning,
    cpu: percent,
    requestRate: served,
    demand: cpu * active,
    saturated: percent >= 98,
  });
}
