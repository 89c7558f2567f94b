import { SATURATED_SHARE } from '../observe.js';
import type { Decision, Observation } from '../types.js';

/**
 * How well a policy knows the count that is needed. Full servers hide demand: then the count is the least that is
 * needed, or, where the policy estimates what is hidden or the load may be that of starting servers, an estimate.
 */
export type Need = 'known' | 'at_least' | 'estimated';

export function needOf(policy: Decision['policy'], observation: Observation): Need {
  if (policy === 'hold' || policy === 'none') return 'known';
  if (observation.saturated) return policy === 'slo' ? 'estimated' : 'at_least';
  return areFull(observation) ? 'estimated' : 'known';
}

/** Whether the servers are full although that is not certain to be load: all of them are warming up. */
function areFull({ full, reporting, warming, bottleneck }: Observation): boolean {
  return warming > 0 && full > 0 && full >= SATURATED_SHARE * reporting && bottleneck !== 'work';
}
