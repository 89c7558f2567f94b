import type { SloPolicy } from '../types.js';
import type { BudgetReport } from './budget.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import { EXPERTS } from './experts.js';
import { capital, percent, round } from './words.js';

const COLD_HOURS = round(24 * TUNING.coldDays);
const ROOM = percent(TUNING.coldRoom);

/** Whether little is known of the cluster yet, so that there is room on top. */
export function isCold({ ground }: Choice): boolean {
  return ground === 'cold_start' || ground === 'cold_start_cheapest' || ground === 'cold_start_none_spotless';
}

/** The code of the step that says who is followed. */
export function codeOf(choice: Choice): string {
  const { ground, among, expert } = choice;
  if (isCold(choice)) return ground;
  if (among === 'reactive') return 'forecast_demoted';
  return ground === 'keeps_it' || ground === 'keeps_it_in_family' ? `follows_${EXPERTS[expert]!.family}` : ground;
}

const KIND = { all: 'policy', forecasts: 'forecast', reactive: 'reactive policy' } as const;

/** Why one is followed, in full. */
export function whyOf(choice: Choice, { left }: BudgetReport): string {
  const { ground, among, aim } = choice;
  const name = nameOf(choice);
  switch (ground) {
    case 'cold_start':
      return `Nothing is known of this cluster yet, so ${name} is followed, with ${ROOM} on top`;
    case 'cold_start_cheapest':
      return `Less than ${COLD_HOURS} h are known, so ${name} is followed, the cheapest reactive policy that served nothing badly in them, with ${ROOM} on top`;
    case 'cold_start_none_spotless':
      return `Less than ${COLD_HOURS} h are known, and every reactive policy served something badly in them, so ${name} is followed, with ${ROOM} on top`;
    case 'keeps_it':
      return `${allowed(aim, left, among)}; ${name} is the cheapest ${KIND[among]} that keeps that`;
    case 'keeps_it_in_family':
      return `${allowed(aim, left, among)}; ${name} is the cheapest of its family that keeps that, and a cheaper one of another would save too little to change to`;
    case 'too_dear_to_keep':
      return `${allowed(aim, left, among)}; ${name} does not keep that, but who does costs more than the ${TUNING.mostPrice} servers that are paid for one badly served request`;
    case 'none_keeps_it':
      return `${allowed(aim, left, among)}; no ${KIND[among]} keeps that, and ${name} costs least where ${TUNING.mostPrice} servers are paid for each badly served request beyond it`;
    default:
      return ground satisfies never;
  }
}

/** What may be served badly now, and who may be followed. */
function allowed(aim: number, left: number, among: Choice['among']): string {
  const demoted =
    among === 'reactive'
      ? "The forecast's coverage is off, so only reactive policies are followed until it is back; "
      : '';
  const standing =
    left >= 0
      ? `${percent(left)} of the error budget is saved`
      : `the error budget is overspent by ${round(-left)} times what may be saved`;
  return `${capital(`${demoted}${standing}`)}, so ${percent(aim)} of requests may be served badly now`;
}

function nameOf({ expert, share }: Choice): string {
  const way = Math.round(100 * share);
  return `"${EXPERTS[expert]!.name}"${way > 0 ? ` (${way} % of the way to the next thriftier)` : ''}`;
}

/** Who is followed and why, as the end of a clause. */
export function becauseOf(choice: Choice, { violations, maxUtilization }: SloPolicy): string {
  const { ground, among, aim } = choice;
  const name = nameOf(choice);
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
