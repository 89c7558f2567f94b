import type { Memory, Remembering } from './memory.js';

/** Scored quantiles. */
export const TRUST_LEVELS = [0.5, 0.9, 0.99] as const;
/** Minimum number of forecasts for a verdict. */
export const ENOUGH_STEPS = 360;

enum Scalar {
  Settled,
  Bias,
  Count,
}

/** A value for each of `TRUST_LEVELS`. */
export type ByLevel = Readonly<Record<`${(typeof TRUST_LEVELS)[number]}`, number>>;

export interface ScoresReport {
  /** Share of outcomes at or below the quantile, by level, over about a day. */
  readonly coverage: ByLevel;
  /** Mean pinball loss by level, servers. */
  readonly pinball: ByLevel;
  /** Mean of outcome minus median, servers. */
  readonly bias: number;
  /** Forecasts scored so far. */
  readonly settled: number;
}

/** Scores of quantiles against outcomes, over about a day: coverage, pinball loss and bias. */
export class Scores implements Remembering {
  readonly coverage = new Float64Array(TRUST_LEVELS.length);
  private readonly pinball = new Float64Array(TRUST_LEVELS.length);
  private readonly scalars = new Float64Array(Scalar.Count);

  constructor() {
    this.coverage.set(TRUST_LEVELS);
  }

  memory(): readonly Memory[] {
    return [this.coverage, this.pinball, this.scalars];
  }

  get settled(): number {
    return this.scalars[Scalar.Settled]!;
  }

  /** Mean pinball loss over all levels, servers. */
  get loss(): number {
    let sum = 0;
    for (const loss of this.pinball) sum += loss;
    return sum;
  }

  /**
   * Scores one forecast.
   *
   * @param quantiles from `at` on, one for each of `TRUST_LEVELS`, servers' worth of demand
   * @param outcome observed demand, servers' worth
   * @param isVoid whether the forecast counts as a miss, whatever the outcome
   */
  settle(quantiles: Float32Array, at: number, outcome: number, stepsPerDay: number, isVoid = false): void {
    const { scalars, coverage, pinball } = this;
    scalars[Scalar.Settled] = scalars[Scalar.Settled]! + 1;
    const share = 1 / Math.min(stepsPerDay, scalars[Scalar.Settled] + ENOUGH_STEPS);
    for (const [index, level] of TRUST_LEVELS.entries()) {
      const miss = outcome - quantiles[at + index]!;
      // Tolerance: with single precision and the resolution of the history, an idle cluster must not count as a miss.
      const covered = !isVoid && miss <= 1e-3 * (1 + outcome) ? 1 : 0;
      coverage[index] = coverage[index]! + (covered - coverage[index]!) * share;
      const loss = miss > 0 ? level * miss : (level - 1) * miss;
      pinball[index] = pinball[index]! + (loss - pinball[index]!) * share;
      if (index === 0) scalars[Scalar.Bias] = scalars[Scalar.Bias]! + (miss - scalars[Scalar.Bias]!) * share;
    }
  }

  /** Rounded to four decimals. Written out, because every decision contains it. */
  report(): ScoresReport {
    return {
      coverage: byLevel(this.coverage),
      pinball: byLevel(this.pinball),
      bias: round(this.scalars[Scalar.Bias]!),
      settled: this.settled,
    };
  }
}

function byLevel(values: Float64Array): ByLevel {
  return { '0.5': round(values[0]!), '0.9': round(values[1]!), '0.99': round(values[2]!) };
}

/** Four decimals: a hundredth of a percent, a ten-thousandth of a server. */
export function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
