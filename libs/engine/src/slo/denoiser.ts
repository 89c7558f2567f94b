import { TUNING } from './constants.js';
import type { Memory, Remembering } from './memory.js';

/** Steps over which roughness is averaged. */
const ROUGH_STEPS = 120;

enum Scalar {
  Last,
  BeforeLast,
  /** Mean square of the bends of demand, relative to it. */
  Roughness,
  Steps,
  Count,
}

/**
 * Tells what a step's demand was once the next is known. Where the promise is kept by a hair, noise of the measurement alone would book
 * requests as badly served. Bends of a smooth course are noise, so its neighbors are averaged in; where demand is rougher than any
 * metric (noise variance `TUNING.noiseVariance`), what was measured stands.
 */
export class Denoiser implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);

  memory(): readonly Memory[] {
    return [this.scalars];
  }

  /** Steps of which nothing is known: what was before them says nothing of the bend of what comes. */
  skip(): void {
    this.scalars[Scalar.Steps] = 0;
  }

  /**
   * @param demand of this step
   * @returns demand of the step before
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
