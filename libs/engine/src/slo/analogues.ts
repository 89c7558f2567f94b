import { BINS, fillBins } from './bins.js';
import { TUNING } from './constants.js';
import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';

/** Look-back in hours: as many as the history holds. */
const HOURS = 168;
/** Two steps at the same minute of an hour are similar if demand changed similarly over these periods before. */
const NEAR_MINUTES = 2;
const FAR_MINUTES = 10;
/** Residuals are stored in one byte each: fine near 0, with 3 % resolution at 4 (log ratio). */
const FINEST = 0.005;
const CODES_PER_UNIT = 17;
const ZERO = 127;
const UNKNOWN = 255;
const RESIDUALS = Float64Array.from(
  { length: UNKNOWN },
  (_, code) => FINEST * Math.sinh((code - ZERO) / CODES_PER_UNIT),
);
/** Weight of an hour by its age. */
const RECENCY = Float64Array.from({ length: HOURS + 1 }, (_, hour) => Math.exp(-hour / TUNING.analogueHours));

/**
 * Residuals of forecasts made at this minute of earlier hours in similar situations: an analog ensemble (Delle Monache
 * et al. 2013, _Probabilistic Weather Prediction with an Analog Ensemble_). Much load is started by cron jobs, at the
 * same minute of some hours or days; a smooth regression cannot express "fourfold, one time in four".
 */
export class Analogues implements Remembering {
  /** Weight of each bin of the residual distribution, set by the last `fill`. */
  readonly weights = new Float64Array(BINS);
  private readonly codes: Uint8Array;
  /** Bin of each code, set by the last `fill`. */
  private readonly bins = new Uint8Array(UNKNOWN);
  private readonly stepsPerHour: number;
  private readonly near: number;
  private readonly far: number;

  constructor(private readonly history: History) {
    const steps = (minutes: number): number => Math.max(1, Math.round((history.stepsPerDay * minutes) / 1440));
    this.codes = new Uint8Array(history.capacity).fill(UNKNOWN);
    this.stepsPerHour = steps(60);
    this.near = steps(NEAR_MINUTES);
    this.far = steps(FAR_MINUTES);
  }

  memory(): readonly Memory[] {
    return [this.codes];
  }

  /** Starts a new step: its residual is unknown yet. */
  begin(): void {
    this.codes[this.history.slot(0)] = UNKNOWN;
  }

  /**
   * Stores the residual of the forecast made `age` steps ago.
   * @param residual log ratio of outcome to forecast
   */
  learn(age: number, residual: number): void {
    const code = ZERO + Math.round(CODES_PER_UNIT * Math.asinh(residual / FINEST));
    this.codes[this.history.slot(age)] = Math.max(0, Math.min(UNKNOWN - 1, code));
  }

  /**
   * Weights the residuals of similar situations into `weights`.
   *
   * @param horizon steps of the forecast
   * @param level logarithm of current demand
   * @param spread of the residual distribution, log ratio
   * @returns the sum of weights; an hour counts 1 if it is recent and identical
   */
  fill(horizon: number, level: number, spread: number): number {
    const { history, stepsPerHour, near, far, weights } = this;
    weights.fill(0);
    const hours = Math.min(HOURS, Math.floor((history.length - far - 1) / stepsPerHour));
    if (horizon > stepsPerHour || hours < 1) return 0;
    const sinceNear = level - history.logBack(near);
    const sinceFar = level - history.logBack(far);
    const { capacity } = history;
    const before = (slot: number, steps: number): number => (slot < steps ? slot - steps + capacity : slot - steps);
    const { bins } = this;
    fillBins(RESIDUALS, spread, bins);
    let total = 0;
    for (let hour = 1, slot = history.slot(0); hour <= hours; hour++) {
      slot = before(slot, stepsPerHour);
      const code = this.codes[slot]!;
      if (code === UNKNOWN) continue;
      const then = history.logAt(slot);
      const unlikeNear = (then - history.logAt(before(slot, near)) - sinceNear) / TUNING.analogueWidth;
      const unlikeFar = (then - history.logAt(before(slot, far)) - sinceFar) / TUNING.analogueWidth;
      const weight =
        (RECENCY[hour]! * (hour % 24 === 0 ? TUNING.analogueDay : 1)) /
        ((1 + unlikeNear * unlikeNear) * (1 + unlikeFar * unlikeFar));
      const bin = bins[code]!;
      weights[bin] = weights[bin]! + weight;
      total += weight;
    }
    return total;
  }
}
