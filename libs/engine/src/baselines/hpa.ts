import type { Memory, Remembering } from '../slo/memory.js';
import type { Step } from '../types.js';
import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';
import { SlidingMax } from './sliding-max.js';

const TOLERANCE = 0.1;
const STABILIZE_DOWN_MS = 300_000;
const RATE_PERIOD_S = 15;
/** Target of the HPA that is replayed beside a service level, share of capacity. */
export const REPLAYED_HPA_TARGET = 0.6;

/** Servers that the replayed HPA has by the time of a decision; `null`: no service level took part in it. */
export function replayedHpa(steps: readonly Step[]): number | null {
  const count = steps.find(({ code }) => code === 'shadows')?.data?.['shadow_hpa'];
  return typeof count === 'number' ? count : null;
}

/**
 * The Kubernetes HPA v2 on mean CPU, for a cluster of identical servers (kubernetes v1.33,
 * `pkg/controller/podautoscaler`). A closed form of the `target_tracking` policy with the same results, because a sweep
 * replays it millions of times. A test compares the two.
 */
export class Hpa implements Baseline, Remembering {
  private readonly recommendations = new SlidingMax(STABILIZE_DOWN_MS);

  /** @param target share of capacity, within (0, 1] */
  constructor(private readonly target: number) {}

  memory(): readonly Memory[] {
    return this.recommendations.memory();
  }

  desired(seen: Seen): number {
    const current = seen.active + seen.provisioning;
    const desired = this.recommend(seen, current);
    // Kubernetes takes the current count as its first recommendation; after a gap, too, as `remember` does for the
    // policy.
    const since = seen.at - Math.max(STABILIZE_DOWN_MS, 2 * seen.tickSeconds * 1000);
    const known = this.recommendations.hasSince(since) ? desired : Math.max(desired, current);
    const highest = this.recommendations.push(seen.at, known);
    // Up at once, down only to the highest recommendation in the stabilization window.
    const stabilized = desired >= current ? desired : Math.min(current, highest);
    return clampCount(Math.min(stabilized, upLimit(current, seen.tickSeconds)), seen);
  }

  private recommend({ cpu, active, provisioning }: Seen, current: number): number {
    const ratio = cpu / this.target;
    if (ratio > 1 && provisioning > 0) {
      // Servers that are not ready count as idle. If that reverses the direction, nothing changes.
      const cautious = (cpu * active) / current / this.target;
      if (cautious <= 1 + TOLERANCE + 1e-9) return current;
      return Math.max(current, ceilCount(cautious * current));
    }
    return Math.abs(ratio - 1) <= TOLERANCE + 1e-9 ? current : ceilCount(ratio * active);
  }
}

/** +100 % or +4, whichever is larger, per 15 s, compounded over a longer tick. */
function upLimit(current: number, tickSeconds: number): number {
  let limit = current;
  for (let periods = Math.max(1, Math.floor(tickSeconds / RATE_PERIOD_S)); periods > 0; periods--) {
    limit = Math.max(2 * limit, limit + 4);
  }
  return limit;
}
