import type { Memory, Remembering } from './memory.js';
import type { Outlook } from './outlook.js';
import { ENOUGH_STEPS, Scores, type ScoresReport, TRUST_LEVELS } from './scores.js';

const FLIGHTS = 32;
/** A 90 % quantile that covers less than the first is not believed, and believed again from the second on. */
export const DEMOTE_BELOW = 0.75;
export const PROMOTE_FROM = 0.82;

export interface TrustReport extends ScoresReport {
  readonly demoted: boolean;
}

/** Scores forecasts against what came true, and withdraws a model whose coverage is off until it is back. */
export class Trust implements Remembering {
  private readonly quantiles = new Float32Array(FLIGHTS * TRUST_LEVELS.length);
  private readonly scores = new Scores();
  private readonly isDemoted = new Uint8Array(1);

  memory(): readonly Memory[] {
    return [this.quantiles, ...this.scores.memory(), this.isDemoted];
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

  /** Keeps what was forecast until it can be scored. @returns the quantiles, until the next is kept in their place */
  note(flight: number, outlook: Outlook): Float32Array {
    const at = flight * TRUST_LEVELS.length;
    for (const [index, level] of TRUST_LEVELS.entries()) this.quantiles[at + index] = outlook.quantile(level);
    return this.quantiles.subarray(at, at + TRUST_LEVELS.length);
  }

  settle(flight: number, highest: number, stepsPerDay: number): void {
    const { scores } = this;
    scores.settle(this.quantiles, flight * TRUST_LEVELS.length, highest, stepsPerDay);
    if (scores.settled < ENOUGH_STEPS) return;
    const nine = scores.coverage[1]!;
    if (nine < DEMOTE_BELOW) this.isDemoted[0] = 1;
    else if (nine >= PROMOTE_FROM) this.isDemoted[0] = 0;
  }

  report(): TrustReport {
    return { ...this.scores.report(), demoted: this.demoted };
  }
}
