import type { DurationDraw } from '#world';

/** Options of the simulator. */
export interface SimulatorOptions {
  /** Speed of virtual time relative to real time. */
  readonly speed: number;
  /** Seed from which each cluster's seed is derived. */
  readonly seed: number;
  /** Default virtual time from the request of a server to its being active. */
  readonly provisioning: DurationDraw;
  /** Default virtual time from the removal of a server to its end. */
  readonly draining: DurationDraw;
  /** File for the state between runs; `null`: none. */
  readonly stateFile: string | null;
  /** Folder of CSV files for the pattern `trace`. */
  readonly tracesFolder: string;
}

export const SIMULATOR_OPTIONS = Symbol('SIMULATOR_OPTIONS');

export const DEFAULT_OPTIONS: SimulatorOptions = {
  speed: 1,
  seed: 1,
  provisioning: { kind: 'lognormal', medianMs: 120_000, spread: 0.2 },
  draining: { kind: 'lognormal', medianMs: 30_000, spread: 0.2 },
  stateFile: null,
  tracesFolder: 'data/traces',
};
