import { ASSUMED_LEAD_MS } from '../lead-time.js';
import { type Sentences, stepMaker } from '../step.js';
import { capital, round, serversOf } from '../words.js';
import type { Among, Ground } from './choice.js';
import { TUNING } from './constants.js';
import type { ModelState } from './learner.js';
import { DEMOTE_BELOW } from './trust.js';

/** When servers asked for now would help. What was measured is absent where the lead time is given, or none was measured yet. */
interface LeadTimeData {
  /** What is planned with, and how much of it is forecast. */
  readonly lead_seconds: number;
  readonly lead_seconds_planned: number;
  readonly horizon_minutes: number;
  readonly lead_time_source: 'given' | 'assumed' | 'measured';
  /** The measured time in whole steps, where another one is still planned with. */
  readonly lead_seconds_measured?: number;
  readonly lead_time_count?: number;
  readonly lead_time_quantile?: number;
  readonly lead_time_planned_ms?: number;
  readonly lead_time_p50_ms?: number;
  readonly lead_time_max_ms?: number;
}

interface ForecastData {
  readonly demand: number;
  /** Share of what the active servers can carry. */
  readonly utilization: number;
  readonly horizon_minutes: number;
  /** Whether the demand is of this tick and not of the step that is not over yet. */
  readonly new_step: boolean;
  readonly 'quantile_0.5': number;
  readonly 'quantile_0.99': number;
  readonly model_state: ModelState;
  readonly 'coverage_0.5': number;
  readonly 'coverage_0.9': number;
  readonly 'coverage_0.99': number;
  readonly bias: number;
  readonly skill: number | null;
  readonly predictable: boolean | null;
  readonly demoted: boolean;
}

interface ShadowData {
  readonly shadow_hpa: number;
  readonly shadow_aws: number;
  readonly shadow_nomad: number;
  readonly shadow_azure: number;
  readonly shadow_trailing: number;
}

/** Who is followed and why. */
export interface FollowedData {
  /** Probability that the planned servers are enough; `null` while demand is hidden. */
  readonly level: number | null;
  /** The most demand that they carry at the promised utilization. */
  readonly highest_demand: number;
  readonly price: number;
  readonly aim: number;
  readonly followed: string;
  readonly ground: Ground;
  readonly chosen_among: Among;
  readonly towards_thriftier: number;
  readonly room: number;
  readonly budget_promised: number;
  readonly budget_spent: number;
  readonly budget_left: number;
  readonly budget_saved: number;
  readonly burn_rate: number;
}

interface Outgrown {
  readonly demand: number;
  readonly saturated: boolean;
  readonly factor: number | null;
  readonly max_utilization: number;
}

const COLD_HOURS = round(24 * TUNING.coldDays);
export const KIND = { all: 'policy', forecasts: 'forecast', reactive: 'reactive policy' } as const;

/** A share, to a hundredth of a percent. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

export const ROOM = percent(TUNING.coldRoom);

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

export function planned(count: number): string {
  return `${serversOf(count)} ${count === 1 ? 'is' : 'are'} planned`;
}

export function staying(count: number): string {
  return `${count} ${count === 1 ? 'stays' : 'stay'}`;
}

function leadTime(data: LeadTimeData): string {
  const why = {
    given: `New servers help after ${Math.round(data.lead_seconds)} s.`,
    assumed: `No lead time was measured yet; ${seconds(ASSUMED_LEAD_MS)} are assumed.`,
    measured:
      `New servers help after ${seconds(data.lead_time_planned_ms ?? 0)}: of ${data.lead_time_count} measured, half took up to ` +
      `${seconds(data.lead_time_p50_ms ?? 0)} and the longest ${seconds(data.lead_time_max_ms ?? 0)}.`,
  }[data.lead_time_source];
  const kept = data.lead_seconds_measured === undefined ? '' : ` Still planned with are ${data.lead_seconds} s.`;
  const cut =
    data.lead_seconds_planned < data.lead_seconds
      ? ` Demand is forecast no further than ${round(data.lead_seconds_planned / 60)} min ahead.`
      : '';
  return `${why}${kept}${cut} So the next ${data.horizon_minutes} min count.`;
}

export function demandOf(demand: number, isNewStep: boolean, isHidden: boolean): string {
  const when = isNewStep ? '' : ' when the minute began';
  return `Demand ${isNewStep ? 'is' : 'was'} ${isHidden ? 'at least ' : ''}${serversOf(round(demand))}${when}`;
}

function forecast(data: ForecastData, isHidden: boolean): string {
  const doubt = data.predictable === false ? ' Its past says little about what comes.' : '';
  return (
    `${demandOf(data.demand, data.new_step, isHidden)}; ${isHidden ? 'if no more of it is hidden, ' : ''}within ` +
    `${data.horizon_minutes} min it is expected to stay below ${round(data['quantile_0.5'])} as likely as not, below ` +
    `${round(data['quantile_0.99'])} in 99 of 100 cases.${doubt}`
  );
}

/** Why one is followed. */
function whyOf({ ground, chosen_among: among, aim, budget_saved: left, ...data }: FollowedData): string {
  const name = nameOf(data);
  const may = allowed(aim, left, among);
  switch (ground) {
    case 'cold_start':
      return `Nothing is known of this cluster yet, so ${name} is followed, with ${ROOM} on top`;
    case 'cold_start_cheapest':
      return `Less than ${COLD_HOURS} h are known, so ${name} is followed, the cheapest reactive policy that served nothing badly in them, with ${ROOM} on top`;
    case 'cold_start_none_spotless':
      return `Less than ${COLD_HOURS} h are known, and every reactive policy served something badly in them, so ${name} is followed, with ${ROOM} on top`;
    case 'keeps_it':
      return `${may}; ${name} is the cheapest ${KIND[among]} that keeps that`;
    case 'keeps_it_in_family':
      return `${may}; ${name} is the cheapest of its family that keeps that, and a cheaper one of another would save too little to change to`;
    case 'too_dear_to_keep':
      return `${may}; ${name} does not keep that, but who does costs more than the ${TUNING.mostPrice} servers that are paid for one badly served request`;
    case 'none_keeps_it':
      return `${may}; no ${KIND[among]} keeps that, and ${name} costs least where ${TUNING.mostPrice} servers are paid for each badly served request beyond it`;
    default:
      return ground satisfies never;
  }
}

/** What may be served badly now, and who may be followed. */
function allowed(aim: number, left: number, among: Among): string {
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

export function nameOf(data: Pick<FollowedData, 'followed' | 'towards_thriftier'>): string {
  const way = Math.round(100 * data.towards_thriftier);
  return `"${data.followed}"${way > 0 ? ` (${way} % of the way to the next thriftier)` : ''}`;
}

function followed(data: FollowedData, { after }: { readonly after: number }): string {
  const chance = data.level === null ? '' : `, which are enough with probability ${percent(data.level)}`;
  return `${whyOf(data)}: ${serversOf(after)}${chance}.`;
}

/** The sentences of `slo`, by code. */
export const SLO_SENTENCES = {
  metrics_missing: () => 'Demand is not known, so the service level asks for no change.',

  lead_time: leadTime,
  forecast: (data: ForecastData) => forecast(data, false),
  saturated: (data: ForecastData) => forecast(data, true),
  demoted: ({ coverage }: { readonly coverage: number }) =>
    `Only ${tenths(coverage)} of what came stayed below the 90 % quantile, fewer than ${tenths(DEMOTE_BELOW)}: the forecast is not followed until it holds again.`,
  trusted_again: ({ coverage }: { readonly coverage: number }) =>
    `${tenths(coverage)} of what came stayed below the 90 % quantile again: the forecast is followed where it pays.`,
  forecast_bounded: (data: { readonly most_demand: number; readonly most_servers: number }) =>
    `The forecast goes beyond twice the highest demand of 14 days and what demand may grow to from now: no more than ${serversOf(data.most_servers)} are planned, and it counts as a miss.`,
  shadows: (data: ShadowData) =>
    `In its place the HPA at 60 % would have ${data.shadow_hpa} servers now, AWS target tracking ${data.shadow_aws}, Nomad ` +
    `${data.shadow_nomad}, Azure autoscale ${data.shadow_azure}, and the highest demand of 15 min plus 20 % ${data.shadow_trailing}.`,

  cold_start: followed,
  cold_start_cheapest: followed,
  cold_start_none_spotless: followed,
  follows_forecast: followed,
  follows_trailing: followed,
  follows_hpa: followed,
  forecast_demoted: followed,
  too_dear_to_keep: followed,
  none_keeps_it: followed,

  outgrown: ({ demand, saturated, factor, max_utilization: most }: Outgrown, { before, after }) =>
    saturated
      ? `Within the minute servers became full, so that more demand than ${serversOf(round(demand))} may be hidden: ${after}, no fewer than ` +
        `${round(factor ?? 0)} times as many, are asked for at once.`
      : `Demand has grown to ${serversOf(round(demand))} within the minute, more than ${before} can carry at ` +
        `${percent(most)} utilisation: ${after} are asked for at once.`,
  grows_out_of_saturation: ({ demand, factor }: { readonly demand: number; readonly factor: number }) =>
    `More demand than ${serversOf(round(demand))} may be hidden while servers are full: no fewer than ${round(factor)} times as many are asked for, ` +
    `as much as came to light before, with room.`,
  stabilised_down: (data: { readonly highest_wish: number; readonly minutes: number }, { after }) =>
    `Within the last ${data.minutes} min ${serversOf(data.highest_wish)} were wished for: not fewer than ${after} stay.`,
  kept_in_saturation: ({ total }: { readonly demand: number; readonly total: number }) =>
    `None of the ${serversOf(total)} is let go while more demand may be hidden.`,
  churn: (data: { readonly gain: number; readonly least_gain: number; readonly price: number }, { before }) =>
    `Going to ${before} would gain too little to be worth the change: ${round(data.gain)} servers` +
    `${data.price > 0 ? ', requests served badly included' : ''}, where it has to be more than ${round(data.least_gain)}.`,
  outgrown_kept: ({ minutes }: { readonly minutes: number }, { after }) =>
    `Within the last ${minutes} min demand outgrew the fleet: not fewer than ${after} stay.`,
  kept_within_minute: () => 'Servers are let go only when a minute begins.',
  max_actions_per_day: ({ changes, allowed: most }: { readonly changes: number; readonly allowed: number }) =>
    `There were ${changes} changes within a day, and ${most} are allowed: no server is removed.`,
} satisfies Sentences;

export const step = stepMaker(SLO_SENTENCES, 'slo');

function tenths(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
