import { withhold } from '../loop/decide.js';
import type { Decided } from '../loop/stages.js';

/** A paused cluster is decided on and shown like any other; only its servers stay as they are. */
export function stopPaused(tick: Decided): Decided {
  const { decision, cluster } = tick;
  if (cluster.status !== 'paused') return tick;
  const { current, desired } = decision;
  return { ...tick, decision: withhold(decision, 'paused', { current, desired }) };
}
