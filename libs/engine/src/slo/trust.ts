import type { Memory, Remembering } from './memory.js';
import type { Outlook } from './outlook.js';

const FLIGHTS = 32;
/** Levels that are scored. */
export const TRUST_LEVELS = [0.5, 0.9, 0.99] as const;
/** A 90 % quantile that covers less than the first is not believed, and believed again from the second on. */
export const DEMOTE_BELOW = 0.75;
export const PROMOTE_FROM = 0.82;
/** Fewer forecasts are no evidence. */
export const ENOUGH_STEPS = 360;

enum Scalar {
  Settled,
  Demoted,
  Bias,
  Count,
}

export interface TrustReport {
  /** Share of outcomes at or below the quantile, by level, over about a day. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Mean pinball loss by level, servers. */
  readonly pinball: Readonly<Record<string, number>>;
  /** Mean of outcome less median, servers. */
  readonly bias: number;
  /** Forecasts scored so far. */
  readonly settled: number;
  readonly demoted: boolean;
}

/** Scores forecasts against what came true, and withdraws a model whose coverage is off until it is back. */
export class Trust implements Remembering {
  private readonly quantiles = new Float32Array(FLIGHTS * TRUST_LEVELS.length);
  private readonly coverage = new Float64Array(TRUST_LEVELS.length);
  private readonly pinball = new Float64Array(TRUST_LEVELS.length);
  private readonly scalars = new Float64Array(Scalar.Count);

  constructor() {
    this.coverage.set(TRUST_LEVELS);
  }

  memory(): readonly Memory[] {
    return [this.quantiles, this.coverage, this.pinball, this.scalars];
  }

  get demoted(): boolean {
    return this.scalars[Scalar.Demoted] === 1;
  }

  /** Forecasts scored so far. */
  get settled(): number {
    return this.scalars[Scalar.Settled]!;
  }

  /** Mean pinball loss of all levels together, servers. */
  get loss(): number {
    let sum = 0;
    for (const loss of this.pinball) sum += loss;
    return sum;
  }

  /** Keeps what was forecast until it can be scored. */
  note(flight: number, outlook: Outlook): void {
    for (const [index, level] of TRUST_LEVELS.entries()) {
      this.quantiles[flight * TRUST_LEVELS.length + index] = outlook.quantile(level);
    }
  }

  settle(flight: number, highest: number, stepsPerDay: number): void {
    const { scalars } = this;
    scalars[Scalar.Settled] = scalars[Scalar.Settled]! + 1;
    const share = 1 / Math.min(stepsPerDay, scalars[Scalar.Settled] + ENOUGH_STEPS);
    for (const [index, level] of TRUST_LEVELS.entries()) {
      const miss = highest - this.quantiles[flight * TRUST_LEVELS.length + index]!;
      // Single precision and the resolution of the history must not make an idle cluster look surprising.
      const covered = miss <= 1e-3 * (1 + highest) ? 1 : 0;
      this.coverage[index] = this.coverage[index]! + (covered - this.coverage[index]!) * share;
      const loss = miss > 0 ? level * miss : (level - 1) * miss;
      this.pinball[index] = this.pinball[index]! + (loss - this.pinball[index]!) * share;
      if (index === 0) scalars[Scalar.Bias] = scalars[Scalar.Bias]! + (miss - scalars[Scalar.Bias]!) * share;
    }
    if (scalars[Scalar.Settled] < ENOUGH_STEPS) return;
    const nine = this.coverage[1]!;
    if (nine < DEMOTE_BELOW) scalars[Scalar.Demoted] = 1;
    else if (nine >= PROMOTE_FROM) scalars[Scalar.Demoted] = 0;
  }

  report(): TrustReport {
    const byLevel = (values: Float64Array): Record<string, number> =>
      Object.fromEntries(TRUST_LEVELS.map((level, index) => [String(level), values[index]!]));
    return {
      coverage: byLevel(this.coverage),
      pinball: byLevel(this.pinball),
      bias: this.scalars[Scalar.Bias]!,
      settled: this.scalars[Scalar.Settled]!,
      demoted: this.demoted,
    };
  }
}
