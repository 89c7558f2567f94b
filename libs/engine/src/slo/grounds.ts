import type { SloPolicy } from '../types.js';
import type { Choice, Ground } from './choice.js';
import { EXPERTS, type Family } from './experts.js';
import { KIND, nameOf, percent, ROOM } from './sentences.js';

type Cold = Extract<Ground, `cold_start${string}`>;

/** Whether little is known of the cluster yet, so that there is room on top. */
export function isCold(ground: Ground): ground is Cold {
  return ground === 'cold_start' || ground === 'cold_start_cheapest' || ground === 'cold_start_none_spotless';
}

type FollowedCode = Cold | 'forecast_demoted' | `follows_${Family}` | Exclude<Ground, Cold | `keeps_it${string}`>;

/** The code of the step that says who is followed. */
export function codeOf({ ground, among, expert }: Choice): FollowedCode {
  if (isCold(ground)) return ground;
  if (among === 'reactive') return 'forecast_demoted';
  return ground === 'keeps_it' || ground === 'keeps_it_in_family' ? `follows_${EXPERTS[expert]!.family}` : ground;
}

/** Who is followed and why, as the end of a clause. */
export function becauseOf(choice: Choice, { violations, maxUtilization }: SloPolicy): string {
  const { ground, among, aim, expert, share } = choice;
  const name = nameOf({ followed: EXPERTS[expert]!.name, towards_thriftier: share });
  const level = `${percent(aim)} of requests above ${percent(maxUtilization)} utilisation (promised: ${percent(violations)})`;
  const kind = among === 'reactive' ? 'reactive policy while the forecast is off' : KIND[among];
  switch (ground) {
    case 'cold_start':
      return `${name} with ${ROOM} on top, as nothing is known yet`;
    case 'cold_start_cheapest':
      return `${name} with ${ROOM} on top, the cheapest that served nothing badly so far`;
    case 'cold_start_none_spotless':
      return `${name} with ${ROOM} on top, as every reactive policy served something badly so far`;
    case 'keeps_it':
      return `${name}, the cheapest ${kind} with no more than ${level}`;
    case 'keeps_it_in_family':
      return `${name}, the cheapest of its family with no more than ${level}`;
    case 'too_dear_to_keep':
      return `${name}, as no more than ${level} would cost too much`;
    case 'none_keeps_it':
      return `${name}, as no ${kind} has as few as ${level}`;
    default:
      return ground satisfies never;
  }
}
