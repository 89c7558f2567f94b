import type { Memory, Remembering } from './memory.js';
import { ENOUGH_STEPS, Scores, type ScoresReport } from './scores.js';

/** A 90 % quantile that covers less than the first is not believed, and believed again from the second on. */
export const DEMOTE_BELOW = 0.75;
export const PROMOTE_FROM = 0.82;

export interface TrustReport extends ScoresReport {
  readonly demoted: boolean;
}

/** Scores forecasts against what came true, and withdraws a model whose coverage is off until it is back. */
export class Trust implements Remembering {
  private readonly scores = new Scores();
  private readonly isDemoted = new Uint8Array(1);

  memory(): readonly Memory[] {
    return [...this.scores.memory(), this.isDemoted];
  }

  get demoted(): boolean {
    return this.isDemoted[0] === 1;
  }

  /** Forecasts scored so far. */
  get settled(): number {
    return this.scores.settled;
  }

  /** Mean pinball loss of all levels together, servers. */
  get loss(): number {
    return this.scores.loss;
  }

  /**
   * Scores the forecast that decided.
   *
   * @param quantiles from `at` on, one for each of `TRUST_LEVELS`
   * @param isBeyond whether it asked for more than the bound on demand allows: then none of its quantiles counts as one that held
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
