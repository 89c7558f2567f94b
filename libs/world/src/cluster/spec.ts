import type { LoadPattern } from '../load/pattern.js';
import type { Spike } from '../load/spike.js';
import type { FleetSnapshot, FleetTimes } from './fleet.js';

/** Definition of a simulated cluster. Percentages are 0 to 100. */
export interface ClusterSpec extends FleetTimes {
  readonly id: string;
  /** Initial servers, active at once. At least 1. */
  readonly servers: number;
  /** Mean CPU of the first `servers` under the base load. */
  readonly baseCpu: number;
  /** Memory of a server under the base load. */
  readonly baseMemory: number;
  /** Percentage points by which single servers deviate from the mean CPU. */
  readonly variance: number;
  /** Requests per second of a server at 100 % CPU. */
  readonly capacity: number;
  /** Second-to-second noise of the load as a share of it, 0 to 1. */
  readonly noise: number;
  readonly seed: number;
}

/** Metrics of one active server. */
export interface ServerReading {
  readonly serverId: string;
  readonly cpu: number;
  readonly memory: number;
  /** Served requests per second. */
  readonly requestLoad: number;
}

/** Requests since the start; `offered` is the sum of `served` and `dropped`. */
export interface RequestTotals {
  readonly offered: number;
  readonly served: number;
  readonly dropped: number;
}

export interface SpikeRequest {
  /** CPU percent that the currently active servers would reach; may exceed 100. */
  readonly cpuTarget: number;
  readonly durationMs: number;
  readonly rampUpMs: number;
  readonly rampDownMs: number;
}

/** A pattern as plain JSON: a trace is stored by name. */
export type PatternSnapshot =
  | Exclude<LoadPattern, { kind: 'trace' }>
  | {
      readonly kind: 'trace';
      readonly trace: string;
      readonly scale: number;
      readonly offsetMs: number;
    };

/** A cluster as plain JSON. */
export interface ClusterSnapshot {
  readonly spec: ClusterSpec;
  readonly pattern: PatternSnapshot;
  readonly since: number;
  readonly compression: number;
  readonly spikes: readonly Spike[];
  readonly fleet: FleetSnapshot;
  readonly at: number;
  readonly integratedTo: number;
  readonly memory: number;
  readonly offered: number;
  readonly served: number;
}

/** How a pattern is played; omitted fields stay unchanged, `compression` becomes 1. */
export interface PlayOptions {
  readonly noise?: number;
  readonly compression?: number;
}

/** The parts of a spec that may change while the cluster runs. */
export type ClusterTuning = Partial<Pick<ClusterSpec, 'baseCpu' | 'baseMemory' | 'variance'>>;
