import { TUNING } from './constants.js';
import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';

enum Scalar {
  Log,
  Steps,
  /** Steps since the beginning or the last gap. */
  Known,
  /** Growth factor over the last lead time during which demand was visible. */
  Lately,
  Count,
}

/**
 * Growth factor from served to actual demand while full servers hide it: a quantile of what became visible once new
 * servers helped, tracked by stochastic gradient (Robbins and Monro 1951). It stays small where saturation is slight,
 * and grows large where crowds come. It is at least the growth within the lead time before saturation: for a first
 * crowd there is no other information.
 */
export class Growth implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);
  /** Served load of recent saturated steps, servers; 0: not saturated. */
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

  /** Steps without data: what they would have shown about saturation is lost. */
  skip(): void {
    this.served.fill(0);
    this.scalars[Scalar.Known] = 0;
    this.scalars[Scalar.Lately] = 1;
  }

  /** Factor of planned to served demand while servers are full. */
  get factor(): number {
    return Math.max(this.learnt, Math.min(TUNING.mostGrowth, this.scalars[Scalar.Lately]!));
  }

  /** Growth factor learned from saturation. */
  get learnt(): number {
    return Math.exp(this.scalars[Scalar.Log]!);
  }

  /** Learns from a step that is already in the history. */
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
    // Plus one server, so that the first work of an idle load does not count as a crowd.
    if (!saturated) scalars[Scalar.Lately] = (demand + 1) / (then + 1);
  }
}
