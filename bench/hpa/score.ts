import { type Score, Scorer } from '#world';
import type { Fleet } from './fleets.js';
import { type Load } from './load.js';
import { MIN_SERVERS, type Period, PROMISE } from './replay.js';

/** Scores the fleet of one Deployment in slots of equal length, from the beginning of the scored period on. */
export class FleetScorer {
  private readonly scorer: Scorer;
  private desired: number | null = null;
  private acted = false;
  private slots = 0;

  /** @param slotMs length of a slot, in compressed time */
  constructor(
    private readonly load: Load,
    private readonly period: Period,
    private readonly slotMs: number,
  ) {
    const tickSeconds = slotMs / 1000;
    this.scorer = new Scorer({ tickSeconds, maxUtilization: PROMISE.maxUtilization, min: MIN_SERVERS }, 0);
  }

  /** Scores the slots that have ended at a time, all with the fleet of this moment. */
  advance(now: number, fleet: Fleet): void {
    const { load, period, slotMs } = this;
    const changed = this.desired !== null && fleet.desired !== null && fleet.desired !== this.desired;
    this.desired = fleet.desired ?? this.desired;
    // A change counts in the slot that ends next, which may be at a later call.
    this.acted = now > period.scoredFrom && (this.acted || changed);
    for (;;) {
      const start = period.scoredFrom + this.slots * slotMs;
      if (start + slotMs > Math.min(now, period.until)) return;
      this.scorer.add(load.demandAt(start), fleet.active, fleet.provisioning, this.acted);
      this.acted = false;
      this.slots += 1;
    }
  }

  get score(): Score {
    return this.scorer.score();
  }
}
