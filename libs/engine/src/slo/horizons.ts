import type { History } from './history.js';
import { demandOfExp, logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';
import { Scores, type ScoresReport, TRUST_LEVELS } from './scores.js';

const LEVELS = TRUST_LEVELS.length;
/** Corrections move by this many spreads per step, so that they adapt within hours ... */
const PACE = 0.02;
/** ... and faster at the beginning. */
const HASTE = 10;
const PATIENCE = 20;

export interface HorizonReport extends ScoresReport {
  /** Steps over which the highest demand was forecast. */
  readonly steps: number;
}

/**
 * Forecasts over half and twice the horizon that decides, scored as they come true: the quantiles of the deciding
 * forecast, corrected by the earlier errors of the same quantile in spreads, by stochastic gradient on the pinball loss
 * (Robbins and Monro 1951). If they are accurate, too, a changed lead time will not degrade the forecast.
 */
export class Horizons implements Remembering {
  private readonly horizons: readonly Horizon[];

  /** @param horizon steps of the forecast that decides */
  constructor(horizon: number) {
    const others = [Math.max(1, Math.round(horizon / 2)), 2 * horizon];
    this.horizons = others.filter((steps) => steps !== horizon).map((steps) => new Horizon(steps));
  }

  memory(): readonly Memory[] {
    return this.horizons.flatMap((horizon) => horizon.memory());
  }

  /**
   * Scores the forecasts that end at the newest step of the history, and makes new ones.
   *
   * @param quantiles of the forecast that decides, one for each of `TRUST_LEVELS`
   * @param spread in log ratio
   */
  step(history: History, quantiles: Float32Array, spread: number): void {
    for (const horizon of this.horizons) {
      horizon.settle(history);
      horizon.note(quantiles, spread);
    }
  }

  /** Forecasts that reach into steps without data are not scored. */
  skip(): void {
    for (const horizon of this.horizons) horizon.skip();
  }

  report(): readonly HorizonReport[] {
    return this.horizons.map((horizon) => horizon.report());
  }
}

enum Scalar {
  Noted,
  /** Steps since the last gap. */
  Unbroken,
  Count,
}

class Horizon implements Remembering {
  private readonly scores = new Scores();
  /** By level, in spreads. */
  private readonly corrections = new Float64Array(LEVELS);
  private readonly scalars = new Float64Array(Scalar.Count);
  private readonly quantiles: Float32Array;

  constructor(private readonly steps: number) {
    this.quantiles = new Float32Array(steps * LEVELS);
  }

  memory(): readonly Memory[] {
    return [...this.scores.memory(), this.corrections, this.scalars, this.quantiles];
  }

  /** Scores the forecast that is due; the next one takes its slot. */
  settle(history: History): void {
    const { scalars, steps, scores, quantiles, corrections } = this;
    if (scalars[Scalar.Unbroken]! < steps) return;
    const at = this.at();
    const outcome = history.highest(0, steps);
    const pace = Math.max(PACE, HASTE / (scores.settled + PATIENCE));
    for (let index = 0; index < LEVELS; index++) {
      const level = TRUST_LEVELS[index]!;
      corrections[index]! += pace * (outcome > quantiles[at + index]! ? level : level - 1);
    }
    scores.settle(quantiles, at, outcome, history.stepsPerDay);
  }

  note(quantiles: Float32Array, spread: number): void {
    const at = this.at();
    for (let index = 0; index < LEVELS; index++) {
      const moved = logOf(quantiles[index]!) + this.corrections[index]! * spread;
      this.quantiles[at + index] = demandOfExp(Math.exp(moved));
    }
    this.scalars[Scalar.Noted]! += 1;
    this.scalars[Scalar.Unbroken]! += 1;
  }

  skip(): void {
    this.scalars[Scalar.Unbroken] = 0;
  }

  report(): HorizonReport {
    return { steps: this.steps, ...this.scores.report() };
  }

  private at(): number {
    return (this.scalars[Scalar.Noted]! % this.steps) * LEVELS;
  }
}
