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
  /** Share of requests that may be served badly. */
  readonly promised: number;
  /** Share of requests that were, over the books' time. */
  readonly spent: number;
  /** What is saved (or owed, below 0, down to -3), as a share of the most that may be saved. */
  readonly left: number;
  /** How fast the last day spent: 1 is exactly as promised. */
  readonly burnRate: number;
}

/**
 * What is left of the error budget, as a share of it, for people and programs alike: 1 untouched, 0 used up, below 0 the service level is
 * missed. What the controller has saved (`left` of its report) is another figure.
 */
export function errorBudgetLeft({ promised, spent }: Pick<BudgetReport, 'promised' | 'spent'>): number {
  if (promised <= 0) return spent > 0 ? -1 : 1;
  return Math.round((1 - spent / promised) * 10_000) / 10_000;
}

/**
 * The error budget as a bucket: requests fill it at the rate that is aimed at, somewhat below the promised one, badly served ones empty it,
 * and it holds a day's worth, so that a long quiet time does not license a bad one; it owes three times as much at most, so that a bad one
 * does not weigh for ever. Its state bends the aim (adaptive conformal inference, Gibbs and Candès 2021, on the share of requests).
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

  /** Mean demand of about a day. */
  get usual(): number {
    return this.scalars[Scalar.Usual]!;
  }

  /**
   * @param requests demand of a step, in servers; it stands for its requests
   * @param episodes as `aim` has them
   */
  add(requests: number, bad: boolean, episodes: number): void {
    const { scalars, stepsPerDay } = this;
    const steps = ++scalars[Scalar.Steps]!;
    scalars[Scalar.Usual] = this.usual + (requests - this.usual) * Math.max(1 / stepsPerDay, 1 / steps);
    const spent = bad ? requests : 0;
    const most = this.most();
    const balance = scalars[Scalar.Balance]! + this.shareOf(episodes) * this.promised * requests - spent;
    scalars[Scalar.Balance] = Math.max(-3 * most, Math.min(most, balance));
    const keep = 1 - 1 / (TUNING.booksDays * stepsPerDay);
    scalars[Scalar.Requests] = scalars[Scalar.Requests]! * keep + requests;
    scalars[Scalar.Bad] = scalars[Scalar.Bad]! * keep + spent;
    const keepDay = 1 - 1 / stepsPerDay;
    scalars[Scalar.DayRequests] = scalars[Scalar.DayRequests]! * keepDay + requests;
    scalars[Scalar.DayBad] = scalars[Scalar.DayBad]! * keepDay + spent;
  }

  /**
   * The share of violations to aim at now.
   *
   * @param episodes how many bad episodes the books of the expert in charge rest on: what many small ones left unspent
   *   may be spent, what a lucky absence of great ones left may not
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

  /** The share of the promise that is spent in the long run: the rest is for what was not seen yet, and many small episodes leave less of that. */
  private shareOf(episodes: number): number {
    return TUNING.aim + ((TUNING.mostAim - TUNING.aim) * episodes) / (episodes + TUNING.aimEpisodes);
  }

  private most(): number {
    return TUNING.saveDays * TUNING.aim * this.promised * this.usual * this.stepsPerDay;
  }
}
