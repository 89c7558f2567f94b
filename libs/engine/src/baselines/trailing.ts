import type { Memory, Remembering } from '../slo/memory.js';
import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';
import { SlidingMax } from './sliding-max.js';

/** The highest demand of the last minutes plus headroom. */
export class Trailing implements Baseline, Remembering {
  /** Sliding maximum of the servers needed. */
  private readonly highest: SlidingMax;

  /**
   * @param windowMinutes look-back (> 0)
   * @param headroom share added to the highest demand (>= 0)
   * @param maxUtilization highest utilization of a server at that demand, within (0, 1]
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
