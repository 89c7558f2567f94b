/** Extra load that raises the pattern's load to `peakLoad`. */
export interface Spike {
  readonly startAt: number;
  /** Time from zero to the full spike, within `durationMs`. */
  readonly rampUpMs: number;
  /** Time from the start to the beginning of the ramp down. */
  readonly durationMs: number;
  /** Time from the full spike to zero, after `durationMs`. */
  readonly rampDownMs: number;
  /** Requests per second at the full spike, including the pattern's own load. */
  readonly peakLoad: number;
}

export function spikeEndsAt(spike: Spike): number {
  return spike.startAt + spike.durationMs + spike.rampDownMs;
}

/** Share of the spike at `at`: 0 before and after, 1 at its peak. */
export function spikeShareAt(spike: Spike, at: number): number {
  const age = at - spike.startAt;
  if (age < 0 || at >= spikeEndsAt(spike)) return 0;
  if (age < spike.rampUpMs) return age / spike.rampUpMs;
  if (age < spike.durationMs) return 1;
  return 1 - (age - spike.durationMs) / spike.rampDownMs;
}

/**
 * The pattern's load with its spikes. Spikes do not add up: the highest one applies, and none lowers the load.
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
