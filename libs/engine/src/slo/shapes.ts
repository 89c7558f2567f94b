import type { Memory, Remembering } from './memory.js';
import { BINS } from './bins.js';

/**
 * Histograms with exponential decay: a common one and one per group, which is shrunk towards the common one with a
 * weight of `shrink` steps. Tails are counted, not assumed, because clusters differ most in their tails.
 */
export class Shapes implements Remembering {
  private readonly common: Float32Array;
  private readonly counts: Float32Array;
  private readonly sizes: Float32Array;
  /** Weight of a new observation: it grows, which is cheaper than decaying all counts. */
  private readonly weight = new Float64Array([1]);

  /**
   * @param groups number of groups
   * @param memorySteps decay time of the counts
   * @param shrink weight of the common histogram when mixed with a group's own, in steps
   * @param prior initial counts by bin
   */
  constructor(
    groups: number,
    private readonly memorySteps: number,
    private readonly shrink: number,
    prior: Float64Array,
  ) {
    this.common = Float32Array.from(prior);
    this.counts = new Float32Array(groups * BINS);
    this.sizes = new Float32Array(groups);
  }

  memory(): readonly Memory[] {
    return [this.common, this.counts, this.sizes, this.weight];
  }

  learn(group: number, bin: number): void {
    const weight = (this.weight[0] = this.weight[0]! * (1 + 1 / this.memorySteps));
    this.common[bin] = this.common[bin]! + weight;
    this.counts[group * BINS + bin] = this.counts[group * BINS + bin]! + weight;
    this.sizes[group] = this.sizes[group]! + weight;
    if (weight > 1e6) this.rescale(weight);
  }

  /** Writes the probability of each bin in `group`. */
  fill(group: number, shape: Float64Array): void {
    let total = 0;
    for (let bin = 0; bin < BINS; bin++) total += this.common[bin]!;
    const own = this.sizes[group]! / this.weight[0]!;
    const common = this.shrink / (total * (own + this.shrink));
    const special = 1 / (this.weight[0]! * (own + this.shrink));
    for (let bin = 0; bin < BINS; bin++) {
      shape[bin] = this.common[bin]! * common + this.counts[group * BINS + bin]! * special;
    }
  }

  private rescale(weight: number): void {
    for (const array of [this.common, this.counts, this.sizes]) {
      for (let i = 0; i < array.length; i++) array[i] = array[i]! / weight;
    }
    this.weight[0] = 1;
  }
}

/** Counts in proportion to `density`, with a total of `steps`. */
export function priorOf(density: (bin: number) => number, steps: number): Float64Array {
  const prior = Float64Array.from({ length: BINS }, (_, bin) => density(bin));
  const sum = prior.reduce((total, one) => total + one, 0);
  return prior.map((one) => (one * steps) / sum);
}
