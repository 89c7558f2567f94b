import type { Baseline, Seen } from '#engine';
import { Random } from '../random.js';
import { type Score, Scorer } from './score.js';

export interface WorldOptions {
  readonly tickSeconds: number;
  /** Lead time, from the request of a server to its taking load, seconds (>= 0). */
  readonly provisionSeconds: number;
  readonly min: number;
  readonly max: number;
  /** Utilization above which a tick is bad, within (0, 1]. */
  readonly maxUtilization: number;
  /** Start of the first tick, milliseconds since the epoch; determines the time of day of each tick. */
  readonly startAt: number;
  /** Measurement noise by tick (see `noiseFor`); as long as the demand. */
  readonly noise: Float64Array;
}

export interface TimelineRow {
  readonly tick: number;
  readonly demand: number;
  readonly active: number;
  readonly provisioning: number;
  readonly desired: number;
}

/** Measurement errors, uniform within +-`noise`, one per tick. */
export function noiseFor(ticks: number, noise: number, seed: number): Float64Array {
  const random = Random.seeded(seed);
  return Float64Array.from({ length: ticks }, () => (2 * random.next() - 1) * noise);
}

/** Number of warm-up ticks, which are not scored: the first quarter of a run, at most three days. */
export function warmUpTicks(ticks: number, tickSeconds: number): number {
  return Math.min(Math.floor(ticks / 4), Math.round((3 * 86_400) / tickSeconds));
}

/** Ticks between a decision and the tick in which requested servers take load, beyond the next tick. */
export function leadTicks({ provisionSeconds, tickSeconds }: WorldOptions): number {
  return Math.ceil(provisionSeconds / tickSeconds - 1e-9);
}

/**
 * Runs a policy against demand. At the end of tick k the policy sees CPU, throughput and servers, with noise, and
 * returns a desired count. Additional servers take load from tick k + 1 + lead on. Removed servers leave at the start
 * of tick k + 1: provisioning ones first, the newest of them first.
 */
export class TickWorld {
  private readonly lead: number;
  private readonly pending: Int32Array;
  private readonly scorer: Scorer;
  private readonly seen: { -readonly [K in keyof Seen]: Seen[K] };
  private tick = 0;
  private active: number;
  private provisioning = 0;

  constructor(
    private readonly demand: Float64Array,
    private readonly policy: Baseline,
    private readonly options: WorldOptions,
    private readonly onTick?: (row: TimelineRow) => void,
  ) {
    const { tickSeconds, provisionSeconds, min, max, startAt } = options;
    this.lead = leadTicks(options);
    this.pending = new Int32Array(this.lead + 1);
    this.scorer = new Scorer(options, warmUpTicks(demand.length, tickSeconds));
    this.active = Math.max(min, Math.ceil((demand[0] ?? 0) / 0.6 - 1e-9));
    this.seen = {
      at: startAt,
      tickSeconds,
      cpu: 0,
      served: 0,
      active: 0,
      provisioning: 0,
      min,
      max,
      leadSeconds: provisionSeconds,
    };
  }

  /** Plays the given number of ticks (fewer at the end of the demand), and returns how many remain. */
  advance(ticks: number): number {
    const { demand, policy, pending, scorer, seen, lead, onTick } = this;
    const { tickSeconds, startAt, noise } = this.options;
    const end = Math.min(demand.length, this.tick + ticks);
    let { active, provisioning } = this;
    for (let tick = this.tick; tick < end; tick++) {
      const slot = tick % (lead + 1);
      active += pending[slot]!;
      provisioning -= pending[slot]!;
      pending[slot] = 0;
      const load = demand[tick]!;
      const error = 1 + noise[tick]!;
      seen.at = startAt + (tick + 1) * tickSeconds * 1000;
      seen.cpu = Math.min(1, Math.min(1, load / active) * error);
      seen.served = Math.min(load, active) * error;
      seen.active = active;
      seen.provisioning = provisioning;
      const desired = policy.desired(seen);
      const before = active + provisioning;
      scorer.add(load, active, provisioning, desired !== before);
      onTick?.({ tick, demand: load, active, provisioning, desired });
      if (desired > before) {
        // Active from tick + 1 + lead on; without lead time that is the next tick.
        pending[slot] = desired - before;
        provisioning += desired - before;
      } else if (desired < before) {
        let surplus = before - desired;
        for (let age = 0; age <= lead && surplus > 0; age++) {
          const newest = (slot - age + lead + 1) % (lead + 1);
          const cancelled = Math.min(surplus, pending[newest]!);
          pending[newest] = pending[newest]! - cancelled;
          provisioning -= cancelled;
          surplus -= cancelled;
        }
        active -= surplus;
      }
    }
    this.tick = end;
    this.active = active;
    this.provisioning = provisioning;
    return demand.length - end;
  }

  /** Score so far. */
  score(): Score {
    return this.scorer.score();
  }
}

/** Runs a policy against the whole demand. */
export function playWorld(
  demand: Float64Array,
  policy: Baseline,
  options: WorldOptions,
  onTick?: (row: TimelineRow) => void,
): Score {
  const world = new TickWorld(demand, policy, options, onTick);
  world.advance(demand.length);
  return world.score();
}
