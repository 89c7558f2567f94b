import type { History } from './history.js';
import { demandOfExp, logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';
import { Scores, type ScoresReport, TRUST_LEVELS } from './scores.js';

const LEVELS = TRUST_LEVELS.length;
/** Corrections move by this many spreads a step, so that they follow within hours ... */
const PACE = 0.02;
/** ... and faster in the beginning. */
const HASTE = 10;
const PATIENCE = 20;

export interface HorizonReport extends ScoresReport {
  /** Steps over which the highest demand was forecast. */
  readonly steps: number;
}

/**
 * Forecasts over half and over twice the time that decisions need, scored as they come true. They are the quantiles of the one that decides,
 * moved by what the same level was off by before, in spreads: stochastic gradient on the pinball loss (Robbins and Monro 1951).
 * Where they hold too, the course is understood, and a lead time that changes will not upset the forecast.
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
   * What came true by the newest step of the history, and then what is expected from it on.
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

  /** Forecasts that reach into steps of which nothing is known are not scored. */
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

  /** The forecast of as many steps ago as it reaches is due: the next one takes its place. */
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
