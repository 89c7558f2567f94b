import type { Baseline, Seen } from '#engine';
import { Random } from '../random.js';
import { type Score, Scorer } from './score.js';

export interface WorldOptions {
  readonly tickSeconds: number;
  /** Time from asking for a server to its taking load, seconds (>= 0). */
  readonly provisionSeconds: number;
  readonly min: number;
  readonly max: number;
  /** Utilisation above which a tick is bad, within (0, 1]. */
  readonly maxUtilization: number;
  /** First tick's start, milliseconds since the Unix epoch: decides what time of day a tick has. */
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

/** Measurement errors, uniform within +-`noise`, one a tick. */
export function noiseFor(ticks: number, noise: number, seed: number): Float64Array {
  const random = Random.seeded(seed);
  return Float64Array.from({ length: ticks }, () => (2 * random.next() - 1) * noise);
}

/** Ticks before this one are warm-up and not scored: the first quarter of a run, at most three days. */
export function warmUpTicks(ticks: number, tickSeconds: number): number {
  return Math.min(Math.floor(ticks / 4), Math.round((3 * 86_400) / tickSeconds));
}

/** Ticks between the decision and the first tick that a server asked for takes load in, beyond the next tick. */
export function leadTicks({ provisionSeconds, tickSeconds }: WorldOptions): number {
  return Math.ceil(provisionSeconds / tickSeconds - 1e-9);
}

/**
 * Plays a policy against demand. At the end of tick k it sees CPU, throughput and servers, all through the noise, and names
 * a desired count: more servers take load from tick k + 1 + lead on, fewer leave at the start of tick k + 1, those still
 * provisioning first and the newest of them first.
 */
export function playWorld(
  demand: Float64Array,
  policy: Baseline,
  options: WorldOptions,
  onTick?: (row: TimelineRow) => void,
): Score {
  const { tickSeconds, provisionSeconds, min, max, startAt, noise } = options;
  const ticks = demand.length;
  const lead = leadTicks(options);
  const pending = new Int32Array(lead + 1);
  const scorer = new Scorer(options, warmUpTicks(ticks, tickSeconds));
  const seen: { -readonly [K in keyof Seen]: Seen[K] } = {
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
  let active = Math.max(min, Math.ceil((demand[0] ?? 0) / 0.6 - 1e-9));
  let provisioning = 0;
  for (let tick = 0; tick < ticks; tick++) {
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
      // Active from tick + 1 + lead on; with no lead time that is the next tick.
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
  return scorer.score();
}
