import type { Choice, Ground } from './choice.js';
import { EXPERTS, type Family } from './experts.js';

type Cold = Extract<Ground, `cold_start${string}`>;

/** Whether the cluster is in its cold start, with extra room. */
export function isCold(ground: Ground): ground is Cold {
  return ground === 'cold_start' || ground === 'cold_start_cheapest' || ground === 'cold_start_none_spotless';
}

type FollowedCode = Cold | 'forecast_demoted' | `follows_${Family}` | Exclude<Ground, Cold | `keeps_it${string}`>;

/** The code of the step that names the active expert. */
export function codeOf({ ground, among, expert }: Choice): FollowedCode {
  if (isCold(ground)) return ground;
  if (among === 'reactive') return 'forecast_demoted';
  return ground === 'keeps_it' || ground === 'keeps_it_in_family' ? `follows_${EXPERTS[expert]!.family}` : ground;
}
