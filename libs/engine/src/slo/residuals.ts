import { BIN_MIDDLES, binOf } from './bins.js';
import { SPREAD_INPUTS } from './features.js';
import type { Memory, Remembering } from './memory.js';
import { priorOf, Shapes } from './shapes.js';

const LEAST_LOG_SPREAD = -4.6;
const MOST_LOG_SPREAD = 1.1;
const LEARNING_RATE = 0.01;
/** Weight of the common distribution when mixed with a group's own, in steps. */
const SHRINK = 300;
/** Weight of the prior distribution, in steps. */
const PRIOR = 60;

/**
 * Distribution of residuals: a spread that depends on the hour and on recent events, and a histogram in units of that
 * spread, separately for calm and volatile periods.
 */
export class Residuals implements Remembering {
  private readonly coefficients = new Float64Array(SPREAD_INPUTS);
  private readonly squares = new Float64Array(SPREAD_INPUTS);
  private readonly shapes: Shapes;

  /**
   * @param memorySteps decay time of the counts
   * @param groups number of histograms, by spread
   */
  constructor(
    memorySteps: number,
    private readonly groups: number,
  ) {
    this.coefficients[0] = Math.log(0.1);
    const prior = priorOf((bin) => 0.001 + 0.3 * Math.exp(-Math.abs(BIN_MIDDLES[bin]!)) ** 2, PRIOR);
    this.shapes = new Shapes(groups, memorySteps, SHRINK, prior);
  }

  memory(): readonly Memory[] {
    return [this.coefficients, this.squares, ...this.shapes.memory()];
  }

  /** The expected spread, in log ratio. */
  spread(inputs: Float32Array): number {
    let sum = 0;
    for (let i = 0; i < SPREAD_INPUTS; i++) sum += this.coefficients[i]! * inputs[i]!;
    return Math.exp(Math.max(LEAST_LOG_SPREAD, Math.min(MOST_LOG_SPREAD, sum)));
  }

  /** Learns from a residual: AdaGrad on the Laplace likelihood `|r| / s + log s`. */
  learn(residual: number, spread: number, inputs: Float32Array, at: number): void {
    this.shapes.learn(this.groupOf(spread), binOf(residual / spread));
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
    this.shapes.fill(this.groupOf(spread), shape);
  }

  private groupOf(spread: number): number {
    const part = (Math.log(spread) - LEAST_LOG_SPREAD) / (MOST_LOG_SPREAD - LEAST_LOG_SPREAD);
    return Math.max(0, Math.min(this.groups - 1, Math.floor(this.groups * part)));
  }
}
