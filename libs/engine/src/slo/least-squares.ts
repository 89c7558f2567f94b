import type { Memory, Remembering } from './memory.js';

const MOST_TRACE = 1e4;

/**
 * Recursive least squares with forgetting (Haykin, *Adaptive Filter Theory*, ch. 10) and innovations clipped as in
 * Huber's M-estimator, so that a flash crowd does not overwrite what ordinary days taught. Several outcomes of the same
 * inputs share one covariance, so each further one is cheap.
 */
export class LeastSquares implements Remembering {
  private readonly weights: Float64Array;
  /** The lower triangle of the symmetric matrix, row by row. */
  private readonly covariance: Float64Array;
  private readonly gain: Float64Array;
  private readonly innovations: Float64Array;

  /**
   * @param size number of inputs
   * @param outcomes number of outcomes
   * @param forget weight of the past per step, just below 1
   * @param trust initial variance of a weight: how fast the first steps are learned
   */
  constructor(
    private readonly size: number,
    private readonly outcomes: number,
    private readonly forget: number,
    trust: number,
  ) {
    this.weights = new Float64Array(outcomes * size);
    this.innovations = new Float64Array(outcomes);
    this.covariance = new Float64Array((size * (size + 1)) / 2);
    this.gain = new Float64Array(size);
    for (let i = 0; i < size; i++) this.covariance[(i * (i + 3)) / 2] = trust;
  }

  memory(): readonly Memory[] {
    return [this.weights, this.covariance];
  }

  /** @param outcome index of the outcome */
  predict(inputs: Float32Array, outcome: number, at = 0): number {
    const first = outcome * this.size;
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.weights[first + i]! * inputs[at + i]!;
    return sum;
  }

  /**
   * @param inputs from `at` on
   * @param came the observed value of each outcome
   * @param clips the largest innovations that count in full
   */
  learn(inputs: Float32Array, at: number, came: readonly number[], clips: readonly number[]): void {
    const { size, outcomes, covariance, gain, weights, innovations, forget } = this;
    gain.fill(0);
    for (let i = 0, cell = 0; i < size; i++) {
      const input = inputs[at + i]!;
      let sum = 0;
      for (let j = 0; j < i; j++, cell++) {
        const value = covariance[cell]!;
        sum += value * inputs[at + j]!;
        gain[j] = gain[j]! + value * input;
      }
      gain[i] = gain[i]! + sum + covariance[cell++]! * input;
    }
    let norm = forget;
    for (let i = 0; i < size; i++) norm += gain[i]! * inputs[at + i]!;
    for (let outcome = 0; outcome < outcomes; outcome++) {
      const clip = clips[outcome]!;
      innovations[outcome] = Math.max(-clip, Math.min(clip, came[outcome]! - this.predict(inputs, outcome, at)));
    }
    let trace = 0;
    for (let i = 0, cell = 0; i < size; i++) {
      const share = gain[i]! / norm;
      for (let outcome = 0, cellOf = i; outcome < outcomes; outcome++, cellOf += size) {
        weights[cellOf] = weights[cellOf]! + share * innovations[outcome]!;
      }
      for (let j = 0; j <= i; j++, cell++) covariance[cell] = (covariance[cell]! - share * gain[j]!) / forget;
      trace += covariance[cell - 1]!;
    }
    // Inputs that stay zero are never updated, and forgetting would let their variance grow without bound.
    if (trace > MOST_TRACE) for (let i = 0; i < covariance.length; i++) covariance[i] = covariance[i]! * forget;
  }
}
