import type { Outlook } from './outlook.js';

/**
 * What a model expects until servers that are asked for now would help. Servers that are kept must carry the highest demand until then;
 * more of them change nothing before the last step of it, and whether that comes later is for a later decision.
 */
export class Prospect {
  /**
   * @param highest the highest demand until new servers help
   * @param last demand of the step in which they begin to; models that do not tell the two apart ask for servers as they keep them
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
   * The count to add servers up to. Where too few are there already, whatever is coming is not waited for.
   *
   * @param kept as above
   * @param isShort whether the promised utilization is exceeded now
   */
  added(price: number, kept: number, isShort: boolean): number {
    return isShort || this.last === this.highest ? kept : this.last.cheapest(price);
  }

  /** Servers that going from one count to another would save, requests served badly included. */
  gain(from: number, to: number, price: number): number {
    const outlook = to > from ? this.last : this.highest;
    return outlook.costOf(from, price) - outlook.costOf(to, price);
  }
}
