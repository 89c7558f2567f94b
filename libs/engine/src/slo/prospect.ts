import type { Outlook } from './outlook.js';

/**
 * A model's forecast until servers requested now would help. Existing servers must serve the highest demand until then;
 * additional ones have no effect before the last step, and later demand is for a later decision.
 */
export class Prospect {
  /**
   * @param highest the highest demand until new servers help
   * @param last demand of the step in which they start to help; a model without it uses `highest` for additions, too
   */
  constructor(
    readonly highest: Outlook,
    readonly last: Outlook = highest,
  ) {}

  /** The count to keep; see `Outlook.cheapest`. */
  kept(price: number): number {
    return this.highest.cheapest(price);
  }

  /**
   * The count to scale up to. If there are too few servers already, it does not wait.
   *
   * @param kept the result of `kept`
   * @param isShort whether the promised utilization is exceeded now
   */
  added(price: number, kept: number, isShort: boolean): number {
    return isShort || this.last === this.highest ? kept : this.last.cheapest(price);
  }

  /** Servers saved by a change of the count, including the price of slow or failed requests. */
  gain(from: number, to: number, price: number): number {
    const outlook = to > from ? this.last : this.highest;
    return outlook.costOf(from, price) - outlook.costOf(to, price);
  }
}
