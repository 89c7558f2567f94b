import type { Memory, Remembering } from './memory.js';
import { ENOUGH_STEPS, Scores, type ScoresReport } from './scores.js';

/** A 90 % quantile with coverage below the first is demoted, and trusted again from the second on. */
export const DEMOTE_BELOW = 0.75;
export const PROMOTE_FROM = 0.82;

export interface TrustReport extends ScoresReport {
  readonly demoted: boolean;
}

/** Scores forecasts, and demotes a model while its coverage is off. */
export class Trust implements Remembering {
  private readonly scores = new Scores();
  private readonly isDemoted = new Uint8Array(1);

  memory(): readonly Memory[] {
    return [...this.scores.memory(), this.isDemoted];
  }

  get demoted(): boolean {
    return this.isDemoted[0] === 1;
  }

  /** Number of scored forecasts. */
  get settled(): number {
    return this.scores.settled;
  }

  /** Mean pinball loss over all levels, servers. */
  get loss(): number {
    return this.scores.loss;
  }

  /**
   * Scores the forecast that decided.
   *
   * @param quantiles from `at` on, one for each of `TRUST_LEVELS`
   * @param isBeyond whether it exceeded the limit of planned demand: then all its quantiles count as missed
   */
  settle(quantiles: Float32Array, at: number, highest: number, stepsPerDay: number, isBeyond: boolean): void {
    const { scores } = this;
    scores.settle(quantiles, at, highest, stepsPerDay, isBeyond);
    if (scores.settled < ENOUGH_STEPS) return;
    const nine = scores.coverage[1]!;
    if (nine < DEMOTE_BELOW) this.isDemoted[0] = 1;
    else if (nine >= PROMOTE_FROM) this.isDemoted[0] = 0;
  }

  report(): TrustReport {
    return { ...this.scores.report(), demoted: this.demoted };
  }
}
