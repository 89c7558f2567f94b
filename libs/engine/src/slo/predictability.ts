import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';
import { ENOUGH_STEPS, TRUST_LEVELS } from './scores.js';

/** Below the first skill a series counts as unpredictable; from the second on as predictable again. */
const LOST_BELOW = 0.05;
const FOUND_FROM = 0.1;
/** Naive quantiles adapt by this share of the usual error per step, within hours ... */
const PACE = 0.02;
/** ... and faster at the beginning; otherwise the model would win only because it adapts faster. */
const HASTE = 10;
const PATIENCE = 20;
const SMALLEST = 1e-3;
/** If the naive loss is below this share of the level, there is almost nothing to predict. */
const STEADY = 0.01;

const LEVELS = TRUST_LEVELS.length;

enum Scalar {
  /** Mean error of the outcome relative to the level, and to the usual outcome, in log ratio. */
  RatioScale,
  UsualScale,
  Steps,
  Unpredictable,
  Level,
  Count,
}

export interface PredictabilityReport {
  /**
   * Skill: the share of the naive loss that the model saves; `null` if too little was seen, or almost nothing varies.
   */
  readonly skill: number | null;
  /** `null` if too little was seen. */
  readonly predictable: boolean | null;
}

/**
 * Whether the forecast has skill: compares its pinball loss with two naive forecasts, one based on the current level
 * and its usual changes, one on usual demand alone. If the model is not better than both, the series cannot be
 * predicted from its past by this model.
 *
 * The naive quantiles are tracked by stochastic gradient on the pinball loss (Robbins and Monro 1951).
 */
export class Predictability implements Remembering {
  /** Quantiles of log(outcome / level), and of log(outcome). */
  private readonly ratios = new Float64Array(LEVELS);
  private readonly usual = new Float64Array(LEVELS);
  /** Mean pinball loss of both, by level, in servers. */
  private readonly ratioLoss = new Float64Array(LEVELS);
  private readonly usualLoss = new Float64Array(LEVELS);
  private readonly scalars = new Float64Array(Scalar.Count);

  memory(): readonly Memory[] {
    return [this.ratios, this.usual, this.ratioLoss, this.usualLoss, this.scalars];
  }

  /**
   * Scores the naive forecasts made `horizon` steps ago, like the model's.
   *
   * @param settled number of scored forecasts of the model, including this one: both are averaged alike
   */
  settle(history: History, horizon: number, settled: number): void {
    const level = Math.max(SMALLEST, history.back(horizon));
    const outcome = Math.max(SMALLEST, history.highest(0, horizon));
    const share = 1 / Math.min(history.stepsPerDay, settled + ENOUGH_STEPS);
    const { scalars } = this;
    scalars[Scalar.Steps]! += 1;
    scalars[Scalar.Level]! += (outcome - scalars[Scalar.Level]!) * share;
    const logOutcome = Math.log(outcome);
    if (scalars[Scalar.Steps] === 1) this.usual.fill(logOutcome);
    this.score(this.ratios, this.ratioLoss, Scalar.RatioScale, logOutcome - Math.log(level), level, share);
    this.score(this.usual, this.usualLoss, Scalar.UsualScale, logOutcome, 1, share);
  }

  private score(
    quantiles: Float64Array,
    losses: Float64Array,
    scale: Scalar.RatioScale | Scalar.UsualScale,
    value: number,
    unit: number,
    share: number,
  ): void {
    const { scalars } = this;
    const outcome = unit * Math.exp(value);
    const distance = Math.abs(value - quantiles[0]!);
    scalars[scale]! += (distance - scalars[scale]!) * Math.max(share, 1 / scalars[Scalar.Steps]!);
    const pace = Math.max(PACE, HASTE / (scalars[Scalar.Steps]! + PATIENCE)) * scalars[scale]!;
    for (let index = 0; index < LEVELS; index++) {
      const level = TRUST_LEVELS[index]!;
      const miss = outcome - unit * Math.exp(quantiles[index]!);
      const loss = miss > 0 ? level * miss : (level - 1) * miss;
      losses[index]! += (loss - losses[index]!) * share;
      quantiles[index]! += pace * (value > quantiles[index]! ? level : level - 1);
    }
  }

  /**
   * Compares the model with the naive forecasts.
   *
   * @param loss mean pinball loss of the model over all levels
   */
  judge(loss: number, settled: number): void {
    const skill = settled < ENOUGH_STEPS ? null : this.skill(loss);
    if (skill === null) return;
    if (skill < LOST_BELOW) this.scalars[Scalar.Unpredictable] = 1;
    else if (skill >= FOUND_FROM) this.scalars[Scalar.Unpredictable] = 0;
  }

  report(loss: number, settled: number): PredictabilityReport {
    if (settled < ENOUGH_STEPS) return { skill: null, predictable: null };
    const skill = this.skill(loss);
    return { skill, predictable: skill === null || this.scalars[Scalar.Unpredictable] === 0 };
  }

  private skill(loss: number): number | null {
    const naive = Math.min(sumOf(this.ratioLoss), sumOf(this.usualLoss));
    return naive <= STEADY * this.scalars[Scalar.Level]! ? null : 1 - loss / naive;
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
