import type { Action } from '#engine';
import type { TimelineRow } from './tick-world.js';

/** A tick of a run, with what the policy stated. */
export interface ExplainedRow extends TimelineRow {
  readonly action: Action;
  readonly reason: string;
  /** Demand (servers) that was planned for; `null` if the policy makes no forecast. */
  readonly upper: number | null;
}

/** Several ticks of a run as one chart point. */
export interface TimelinePoint {
  /** Start of the first tick, milliseconds since the epoch. */
  readonly at: number;
  /** Highest demand, servers. */
  readonly demand: number;
  /** Fewest servers that took load. */
  readonly active: number;
  /** Most provisioning servers. */
  readonly provisioning: number;
  /** The last desired count. */
  readonly desired: number;
  /** Highest demand that was planned for. */
  readonly upper: number | null;
  /** Whether requests were slow or failed in one of them. */
  readonly bad: boolean;
}

/** Reduces a run to a limited number of points while it continues: each value is the worst of its ticks. */
export class TimelineSketch {
  readonly points: TimelinePoint[] = [];
  private readonly each: number;

  constructor(
    ticks: number,
    mostPoints: number,
    private readonly startAt: number,
    private readonly tickSeconds: number,
    private readonly maxUtilization: number,
  ) {
    this.each = Math.max(1, Math.ceil(ticks / mostPoints));
  }

  add({ tick, demand, active, provisioning, desired }: TimelineRow, upper: number | null): void {
    const bad = demand > this.maxUtilization * active + 1e-9;
    const last = this.points.at(-1);
    if (last === undefined || tick % this.each === 0) {
      const at = this.startAt + tick * this.tickSeconds * 1000;
      this.points.push({ at, demand, active, provisioning, desired, upper, bad });
      return;
    }
    this.points[this.points.length - 1] = {
      at: last.at,
      demand: Math.max(last.demand, demand),
      active: Math.min(last.active, active),
      provisioning: Math.max(last.provisioning, provisioning),
      desired,
      upper: upper === null ? last.upper : Math.max(last.upper ?? 0, upper),
      bad: last.bad || bad,
    };
  }
}
