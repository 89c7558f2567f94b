import { TUNING } from './constants.js';
import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';

enum Scalar {
  Log,
  Steps,
  /** Steps since the beginning or the last gap. */
  Known,
  /** By how many times demand grew over a lead time, when it was last seen whole. */
  Lately,
  Count,
}

/**
 * By how much demand outgrows what is served while servers are full, which hides it: a quantile of what came to light by the time that new
 * servers helped, followed by stochastic gradient (Robbins and Monro 1951). Where full servers are a matter of a few percent little is
 * added for it, and where crowds come much. What demand did in the lead time before it was hidden it may do again: of a crowd that is the
 * first nothing else tells.
 */
export class Growth implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);
  /** What was served in each of the last steps that was saturated, servers; 0 where it was not. */
  private readonly served: Float32Array;

  /** @param lead steps until new servers help */
  constructor(lead: number) {
    this.served = new Float32Array(lead + 1);
    this.scalars[Scalar.Log] = Math.log(TUNING.firstGrowth);
    this.scalars[Scalar.Lately] = 1;
  }

  memory(): readonly Memory[] {
    return [this.scalars, this.served];
  }

  /** Takes over what `other` learned under another lead time. */
  adopt(other: Growth): void {
    this.scalars.set(other.scalars);
  }

  /** Steps of which nothing is known: what they would have shown of full servers is not known either. */
  skip(): void {
    this.served.fill(0);
    this.scalars[Scalar.Known] = 0;
    this.scalars[Scalar.Lately] = 1;
  }

  /** How many times as much as is served is planned for while servers are full. */
  get factor(): number {
    return Math.max(this.learnt, Math.min(TUNING.mostGrowth, this.scalars[Scalar.Lately]!));
  }

  /** What demand may grow by until new servers help, as full servers have taught. */
  get learnt(): number {
    return Math.exp(this.scalars[Scalar.Log]!);
  }

  /** Takes in a step; the history has it already. */
  step(demand: number, saturated: boolean, history: History): void {
    const { scalars, served } = this;
    const slot = scalars[Scalar.Steps]!++ % served.length;
    const before = served[slot]!;
    if (before > 0) {
      const isExceeded = saturated || history.highest(0, served.length) > this.learnt * before;
      const log = scalars[Scalar.Log]! + (isExceeded ? TUNING.growthUp : -TUNING.growthDown);
      scalars[Scalar.Log] = Math.max(Math.log(TUNING.leastGrowth), Math.min(Math.log(TUNING.mostGrowth), log));
    }
    served[slot] = saturated ? demand : 0;
    const then = history.back(Math.min(served.length, scalars[Scalar.Known]!++));
    // One server more, so that the first work of an idle load is no crowd.
    if (!saturated) scalars[Scalar.Lately] = (demand + 1) / (then + 1);
  }
}
