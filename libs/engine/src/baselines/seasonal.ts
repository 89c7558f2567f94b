import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const LEVEL_MINUTES = 60;

/** Seasonal naive forecast: demand of a week ago (of a day ago until a week is known), scaled to the current level. */
export class Seasonal implements Baseline {
  private readonly history = new Float64Array(8 * DAY_MINUTES).fill(Number.NaN);

  /**
   * @param headroom share added (>= 0)
   * @param maxUtilization highest utilization of a server under the forecast, within (0, 1]
   */
  constructor(
    private readonly headroom: number,
    private readonly maxUtilization: number,
  ) {}

  desired(seen: Seen): number {
    const demand = seen.cpu * seen.active;
    const minute = Math.floor(seen.at / MINUTE_MS);
    for (let back = 0; back < Math.max(1, Math.round(seen.tickSeconds / 60)); back++) this.put(minute - back, demand);
    const expected = this.expected(minute, 7 * DAY_MINUTES, seen) ?? this.expected(minute, DAY_MINUTES, seen) ?? demand;
    const desired = (Math.max(expected, demand) * (1 + this.headroom)) / this.maxUtilization;
    return clampCount(ceilCount(desired), seen);
  }

  /**
   * The highest demand of the same period a season ago, scaled by the ratio of the last hour to the same hour a season
   * ago.
   */
  private expected(minute: number, season: number, { leadSeconds, tickSeconds }: Seen): number | null {
    const ahead = Math.ceil((leadSeconds + tickSeconds) / 60);
    let highest = Number.NEGATIVE_INFINITY;
    for (let offset = 0; offset <= ahead; offset++) highest = Math.max(highest, this.get(minute - season + offset));
    let today = 0;
    let then = 0;
    for (let back = 0; back < LEVEL_MINUTES; back++) {
      const before = this.get(minute - season - back);
      const now = this.get(minute - back);
      if (Number.isNaN(before) || Number.isNaN(now)) continue;
      today += now;
      then += before;
    }
    return Number.isNaN(highest) || then <= 0 ? null : (highest * today) / then;
  }

  private put(minute: number, demand: number): void {
    this.history[minute % this.history.length] = demand;
  }

  private get(minute: number): number {
    return this.history[minute % this.history.length] ?? Number.NaN;
  }
}
