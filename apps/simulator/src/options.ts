import type { DurationDraw } from '#world';

/** How the simulated cloud is run. */
export interface SimulatorOptions {
  /** How many times faster than real time virtual time runs. */
  readonly speed: number;
  /** The seed from which every cluster's seed is made. */
  readonly seed: number;
  /** Virtual time from asking for a server to its being active, for clusters that do not say. */
  readonly provisioning: DurationDraw;
  /** Virtual time from giving a server up to its end, for clusters that do not say. */
  readonly draining: DurationDraw;
  /** Where the state is kept between two runs; `null`: it is not. */
  readonly stateFile: string | null;
  /** Folder with the CSV files that the pattern `trace` can name. */
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
