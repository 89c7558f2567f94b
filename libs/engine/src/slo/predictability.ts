import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';
import { ENOUGH_STEPS, TRUST_LEVELS } from './scores.js';

/** A forecast that saves less of the loss than the first is not worth the name; one that saves the second is again. */
const LOST_BELOW = 0.05;
const FOUND_FROM = 0.1;
/** Naive quantiles adapt by this share of the usual distance per step, so that they follow within hours ... */
const PACE = 0.02;
/** ... and faster in the beginning, or the model would look good beside them for no more than being quicker. */
const HASTE = 10;
const PATIENCE = 20;
const SMALLEST = 1e-3;
/** A naive loss below this share of the level means that there is next to nothing to predict. */
const STEADY = 0.01;

const LEVELS = TRUST_LEVELS.length;

enum Scalar {
  /** Mean distance of the outcome from the level, and from the usual outcome, in log ratio. */
  RatioScale,
  UsualScale,
  Steps,
  Unpredictable,
  Level,
  Count,
}

export interface PredictabilityReport {
  /** Share of the naive forecasts' loss that the model saves; `null` while little was seen, or next to nothing varies. */
  readonly skill: number | null;
  /** `null` while little was seen. */
  readonly predictable: boolean | null;
}

/**
 * Whether the forecast is worth anything: its pinball loss is held against those of two that know no more than the present level
 * and its usual changes, or the usual demand and nothing else. A series that neither of them forecasts worse than the model
 * cannot be predicted from its past, as far as this model can tell.
 *
 * The naive quantiles are tracked by stochastic gradient on the pinball loss (Robbins and Monro 1951).
 */
export class Predictability implements Remembering {
  /** Quantiles of log(outcome / level), and of log(outcome). */
  private readonly ratios = new Float64Array(LEVELS);
  private readonly usual = new Float64Array(LEVELS);
  /** Mean pinball loss of either, by level, in servers. */
  private readonly ratioLoss = new Float64Array(LEVELS);
  private readonly usualLoss = new Float64Array(LEVELS);
  private readonly scalars = new Float64Array(Scalar.Count);

  memory(): readonly Memory[] {
    return [this.ratios, this.usual, this.ratioLoss, this.usualLoss, this.scalars];
  }

  /**
   * Scores the naive forecasts of `horizon` steps ago, which is when the model's were made.
   *
   * @param settled forecasts of the model that were scored, this one included: both are averaged alike
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
   * Takes note of how the model does beside the naive forecasts.
   *
   * @param loss mean pinball loss of the model, all levels together
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
