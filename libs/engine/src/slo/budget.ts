import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

enum Scalar {
  Balance,
  Usual,
  Steps,
  Requests,
  Bad,
  DayRequests,
  DayBad,
  Count,
}

export interface BudgetReport {
  /** Share of requests that may be slow or failed. */
  readonly promised: number;
  /** Share of requests that were, over the discount period. */
  readonly spent: number;
  /** Balance as a share of the maximum that may be saved; negative if overspent, down to -3. */
  readonly left: number;
  /** Burn rate of the last day; 1 is exactly as promised. */
  readonly burnRate: number;
}

/**
 * Remaining error budget as a share of it: 1 untouched, 0 used up, negative: the service level is missed. The
 * controller's balance (`left` of its report) is a different figure.
 */
export function errorBudgetLeft({ promised, spent }: Pick<BudgetReport, 'promised' | 'spent'>): number {
  if (promised <= 0) return spent > 0 ? -1 : 1;
  return Math.round((1 - spent / promised) * 10_000) / 10_000;
}

/**
 * The error budget as a token bucket. Requests fill it at the target rate, somewhat below the promised one; slow or
 * failed requests empty it. It holds a day's worth, so that a long quiet period does not permit a bad one, and owes at
 * most three times as much, so that a bad period does not count forever. Its balance adjusts the target (adaptive
 * conformal inference, Gibbs and Candès 2021, on the share of requests).
 */
export class Budget implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);

  constructor(
    private readonly promised: number,
    private readonly stepsPerDay: number,
  ) {}

  memory(): readonly Memory[] {
    return [this.scalars];
  }

  /** Mean demand over about a day. */
  get usual(): number {
    return this.scalars[Scalar.Usual]!;
  }

  /** The most that may be owed: slow or failed requests beyond it are forgiven. */
  get mostOwed(): number {
    return 3 * this.most();
  }

  /**
   * @param requests demand of a step in servers, as a measure of its requests
   * @param episodes as in `aim`
   */
  add(requests: number, bad: boolean, episodes: number): void {
    const { scalars, stepsPerDay } = this;
    const steps = ++scalars[Scalar.Steps]!;
    scalars[Scalar.Usual] = this.usual + (requests - this.usual) * Math.max(1 / stepsPerDay, 1 / steps);
    const spent = bad ? requests : 0;
    const most = this.most();
    const balance = scalars[Scalar.Balance]! + this.shareOf(episodes) * this.promised * requests - spent;
    scalars[Scalar.Balance] = Math.max(-this.mostOwed, Math.min(most, balance));
    const keep = 1 - 1 / (TUNING.booksDays * stepsPerDay);
    scalars[Scalar.Requests] = scalars[Scalar.Requests]! * keep + requests;
    scalars[Scalar.Bad] = scalars[Scalar.Bad]! * keep + spent;
    const keepDay = 1 - 1 / stepsPerDay;
    scalars[Scalar.DayRequests] = scalars[Scalar.DayRequests]! * keepDay + requests;
    scalars[Scalar.DayBad] = scalars[Scalar.DayBad]! * keepDay + spent;
  }

  /**
   * The target share of violations now.
   *
   * @param episodes number of bad episodes in the record of the active expert. If they are many and small, savings may
   * be spent; if large ones were just absent by luck, they may not
   */
  aim(episodes: number): number {
    const most = this.most();
    const filled = most > 0 ? this.scalars[Scalar.Balance]! / most : 0;
    const gain = filled > 0 ? (TUNING.spendGain * episodes) / (episodes + TUNING.spendEpisodes) : TUNING.gain;
    return this.shareOf(episodes) * this.promised * Math.exp(gain * filled);
  }

  report(): BudgetReport {
    const { scalars } = this;
    const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
    return {
      promised: this.promised,
      spent: share(scalars[Scalar.Bad]!, scalars[Scalar.Requests]!),
      left: share(scalars[Scalar.Balance]!, this.most()),
      burnRate: share(scalars[Scalar.DayBad]!, scalars[Scalar.DayRequests]!) / this.promised,
    };
  }

  /**
   * The share of the promise that is spent in the long run. The rest is a reserve for unseen events; many small
   * episodes need less of it.
   */
  private shareOf(episodes: number): number {
    return TUNING.aim + ((TUNING.mostAim - TUNING.aim) * episodes) / (episodes + TUNING.aimEpisodes);
  }

  private most(): number {
    return TUNING.saveDays * TUNING.aim * this.promised * this.usual * this.stepsPerDay;
  }
}
