import type { Memory, Remembering } from '../slo/memory.js';
import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';
import { SlidingMax } from './sliding-max.js';

/** The highest demand of the last minutes plus headroom. */
export class Trailing implements Baseline, Remembering {
  /** What the demand of a tick asks for. */
  private readonly highest: SlidingMax;

  /**
   * @param windowMinutes look-back (> 0)
   * @param headroom share added to the highest demand (>= 0)
   * @param maxUtilization utilization that the highest demand may bring a server to, within (0, 1]
   */
  constructor(
    windowMinutes: number,
    private readonly headroom: number,
    private readonly maxUtilization: number,
  ) {
    this.highest = new SlidingMax(windowMinutes * 60_000);
  }

  memory(): readonly Memory[] {
    return this.highest.memory();
  }

  desired(seen: Seen): number {
    const count = ceilCount((seen.cpu * seen.active * (1 + this.headroom)) / this.maxUtilization);
    return clampCount(this.highest.push(seen.at, count), seen);
  }
}
