import type { Observation, Sample } from './types.js';

/** Observed values of identical servers that are past warm-up and all report. */
export interface Uniform {
  readonly at: number;
  readonly active: number;
  readonly provisioning: number;
  /** Percent, 0 to 100. */
  readonly cpu: number;
  /** Requests per second of the whole cluster. */
  readonly requestRate: number;
  /** Servers' worth of capacity. */
  readonly demand: number;
  readonly saturated: boolean;
  readonly samples?: readonly Sample[];
}

/** The observation of a tick world, which knows CPU and throughput and has no memory limit. */
export function uniformObservation(seen: Uniform): Observation {
  const { at, active, provisioning, cpu, requestRate, demand, saturated, samples = [] } = seen;
  return {
    at,
    servers: { active, provisioning, draining: 0 },
    reporting: active,
    reportingBy: { cpu: active, memory: active, request_rate: active },
    silent: 0,
    loaded: active,
    warming: 0,
    full: saturated ? active : 0,
    cpu: { mean: cpu, max: cpu },
    memory: { mean: 0, max: 0 },
    requestRate,
    demand,
    totals: null,
    saturated,
    stalenessMs: 0,
    fresh: true,
    refused: {},
    refusedBy: {},
    samples,
  };
}
