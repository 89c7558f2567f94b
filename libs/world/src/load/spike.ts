/** Extra load that lifts whatever the pattern offers to `peakLoad`. */
export interface Spike {
  readonly startAt: number;
  /** Time from nothing to the full spike, within `durationMs`. */
  readonly rampUpMs: number;
  /** Time from the start to where the spike begins to fall. */
  readonly durationMs: number;
  /** Time from the full spike back to nothing, after `durationMs`. */
  readonly rampDownMs: number;
  /** Requests per second at the full spike, the pattern's own load included. */
  readonly peakLoad: number;
}

export function spikeEndsAt(spike: Spike): number {
  return spike.startAt + spike.durationMs + spike.rampDownMs;
}

/** How much of the spike is there at `at`: 0 before and after, 1 at its height. */
export function spikeShareAt(spike: Spike, at: number): number {
  const age = at - spike.startAt;
  if (age < 0 || at >= spikeEndsAt(spike)) return 0;
  if (age < spike.rampUpMs) return age / spike.rampUpMs;
  if (age < spike.durationMs) return 1;
  return 1 - (age - spike.durationMs) / spike.rampDownMs;
}

/**
 * The pattern's load with its spikes. Spikes do not add up: the highest counts, and none lowers the load.
 * @param load requests per second of the pattern
 */
export function withSpikes(load: number, spikes: readonly Spike[], at: number): number {
  let highest = load;
  for (const spike of spikes) {
    if (spike.peakLoad > load) {
      highest = Math.max(highest, load + (spike.peakLoad - load) * spikeShareAt(spike, at));
    }
  }
  return highest;
}
