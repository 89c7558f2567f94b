import { SPREAD_INPUTS } from './features.js';
import type { Memory, Remembering } from './memory.js';

export const BINS = 72;
const CENTRE = 30;
const BINS_PER_UNIT = 7;
const FINEST = 0.15;
const GROUPS = 9;
const GROUP_WIDTH = 0.7;
const LEAST_LOG_SPREAD = -4.6;
const MOST_LOG_SPREAD = 1.1;
const LEARNING_RATE = 0.01;
/** Steps' worth of all residuals that a group's own are mixed with. */
const SHRINK = 300;
/** Steps' worth of the shape that is assumed before anything was seen. */
const PRIOR = 60;

/** Middle and upper edge of each bin, in spreads: bins of equal width near 0, of equal ratio in the tails (asinh). */
const MIDDLES = Float64Array.from({ length: BINS }, (_, bin) => edge(bin + 0.5));
const EDGES = Float64Array.from({ length: BINS }, (_, bin) => edge(bin + 1));

function edge(bin: number): number {
  return FINEST * Math.sinh((bin - CENTRE) / BINS_PER_UNIT);
}

/**
 * How far outcomes stray from their forecast: a spread that depends on the hour and on what has been going on, and the
 * shape of residuals in units of that spread, kept as decayed counts. Clusters differ most in their tails, so the shape
 * is theirs and not a formula's; calm and excited times have shapes of their own, drawn towards the common one.
 */
export class Residuals implements Remembering {
  private readonly coefficients = new Float64Array(SPREAD_INPUTS);
  private readonly squares = new Float64Array(SPREAD_INPUTS);
  private readonly counts = new Float64Array(BINS);
  private readonly groupCounts = new Float32Array(GROUPS * BINS);
  private readonly groupSizes = new Float32Array(GROUPS);
  /** What one observation weighs now: it grows, which is cheaper than letting all counts shrink. */
  private readonly weight = new Float64Array([1]);

  /** @param memorySteps decay time of the counts */
  constructor(private readonly memorySteps: number) {
    this.coefficients[0] = Math.log(0.1);
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++)
      sum += this.counts[bin] = 0.001 + 0.3 * Math.exp(-Math.abs(MIDDLES[bin]!)) ** 2;
    for (let bin = 0; bin < BINS; bin++) this.counts[bin] = (this.counts[bin]! * PRIOR) / sum;
  }

  memory(): readonly Memory[] {
    return [this.coefficients, this.squares, this.counts, this.groupCounts, this.groupSizes, this.weight];
  }

  /** The spread to expect, in log ratio. */
  spread(inputs: Float32Array): number {
    let sum = 0;
    for (let i = 0; i < SPREAD_INPUTS; i++) sum += this.coefficients[i]! * inputs[i]!;
    return Math.exp(Math.max(LEAST_LOG_SPREAD, Math.min(MOST_LOG_SPREAD, sum)));
  }

  /** Learns from one residual: AdaGrad on the Laplace likelihood `|r| / s + log s`. */
  learn(residual: number, spread: number, inputs: Float32Array, at: number): void {
    this.weight[0] = this.weight[0]! * (1 + 1 / this.memorySteps);
    const bin = binOf(residual / spread);
    const group = groupOf(spread);
    this.counts[bin] = this.counts[bin]! + this.weight[0];
    this.groupCounts[group * BINS + bin] = this.groupCounts[group * BINS + bin]! + this.weight[0];
    this.groupSizes[group] = this.groupSizes[group]! + this.weight[0];
    if (this.weight[0] > 1e6) this.rescale();
    const excess = 1 - Math.min(Math.abs(residual) / spread, 6);
    for (let i = 0; i < SPREAD_INPUTS; i++) {
      const gradient = excess * inputs[at + i]!;
      this.squares[i] = this.squares[i]! + gradient * gradient;
      this.coefficients[i] =
        this.coefficients[i]! - (LEARNING_RATE * gradient) / Math.sqrt(0.02 * this.squares[i]! + 1);
    }
  }

  /** Writes the probability of each bin for residuals of that spread. */
  fillShape(spread: number, shape: Float64Array): void {
    let total = 0;
    for (let bin = 0; bin < BINS; bin++) total += this.counts[bin]!;
    const group = groupOf(spread);
    const own = this.groupSizes[group]! / this.weight[0]!;
    const common = SHRINK / (total * (own + SHRINK));
    const special = 1 / (this.weight[0]! * (own + SHRINK));
    for (let bin = 0; bin < BINS; bin++) {
      shape[bin] = this.counts[bin]! * common + this.groupCounts[group * BINS + bin]! * special;
    }
  }

  static middle(bin: number): number {
    return MIDDLES[bin]!;
  }

  static edge(bin: number): number {
    return EDGES[bin]!;
  }

  private rescale(): void {
    const weight = this.weight[0]!;
    for (const array of [this.counts, this.groupCounts, this.groupSizes]) {
      for (let i = 0; i < array.length; i++) array[i] = array[i]! / weight;
    }
    this.weight[0] = 1;
  }
}

function binOf(z: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(Math.asinh(z / FINEST) * BINS_PER_UNIT + CENTRE)));
}

function groupOf(spread: number): number {
  return Math.max(0, Math.min(GROUPS - 1, Math.floor((Math.log(spread) - LEAST_LOG_SPREAD) / GROUP_WIDTH)));
}
