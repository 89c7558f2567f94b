import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';
import { SlidingMax } from './sliding-max.js';

/** The highest demand of the last minutes plus headroom. */
export class Trailing implements Baseline {
  private readonly highest: SlidingMax;

  /**
   * @param windowMinutes look-back (> 0)
   * @param headroom share added to the highest demand (>= 0)
   * @param maxUtilization utilisation that the highest demand may bring a server to, within (0, 1]
   */
  constructor(
    windowMinutes: number,
    private readonly headroom: number,
    private readonly maxUtilization: number,
  ) {
    this.highest = new SlidingMax(windowMinutes * 60_000);
  }

  desired(seen: Seen): number {
    const highest = this.highest.push(seen.at, seen.cpu * seen.active);
    return clampCount(ceilCount((highest * (1 + this.headroom)) / this.maxUtilization), seen);
  }
}
