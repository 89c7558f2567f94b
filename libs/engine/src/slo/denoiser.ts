import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

/** Steps over which roughness is averaged. */
const ROUGH_STEPS = 120;

enum Scalar {
  Last,
  BeforeLast,
  /** Mean square of the second difference of demand, relative to it. */
  Roughness,
  Steps,
  Count,
}

/**
 * Smooths the demand of a step once the next one is known. If the service level is just met, measurement noise alone
 * would count requests as slow. Bends of a smooth curve are noise, so neighboring steps are averaged in; where demand
 * is rougher than noise (variance `TUNING.noiseVariance`), the measured value is kept.
 */
export class Denoiser implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);

  memory(): readonly Memory[] {
    return [this.scalars];
  }

  /** Steps without data: no second difference spans them. */
  skip(): void {
    this.scalars[Scalar.Steps] = 0;
  }

  /**
   * @param demand of this step
   * @returns smoothed demand of the previous step
   */
  push(demand: number): number {
    const { scalars } = this;
    const last = scalars[Scalar.Last]!;
    const before = scalars[Scalar.BeforeLast]!;
    scalars[Scalar.BeforeLast] = last;
    scalars[Scalar.Last] = demand;
    if (scalars[Scalar.Steps]!++ < 2) return last;
    const bend = (demand - 2 * last + before) / (last + 0.1);
    // A second difference of independent noise has six times its variance.
    const rough = Math.min(1, (bend * bend) / 6);
    scalars[Scalar.Roughness] = scalars[Scalar.Roughness]! + (rough - scalars[Scalar.Roughness]!) / ROUGH_STEPS;
    const share = Math.min(1, TUNING.noiseVariance / (scalars[Scalar.Roughness] + 1e-9));
    return last + share * ((demand + last + before) / 3 - last);
  }
}
