import type { Step, TickInput } from '../types.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

/** The share of full servers that a removal may bring about. */
const MOST_FULL = 0.1;

/**
 * A policy removes no more servers than leave a tenth of them full: what full servers hide would come upon those that are left, whatever the
 * mean says. In a small cluster one full server keeps all; in a large one it does not keep the idle ones for as long as it is stuck.
 */
export function guardFull(verdict: Verdict, { observation, reference }: TickInput, steps: Step[]): Verdict {
  const { full, servers } = observation;
  const after = Math.min(reference, Math.ceil(full / MOST_FULL));
  if (verdict.count >= after) return verdict;
  const limit = step('limit', 'servers_full', verdict.count, after, { full, active: servers.active });
  steps.push(limit);
  return limitedBy(verdict, limit);
}
