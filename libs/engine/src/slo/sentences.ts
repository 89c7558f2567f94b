import { type Sentences, stepMaker } from '../step.js';
import { amount, capital, duration, headed, plural, serversOf, share, watchedFor } from '../words.js';
import type { Among, Ground } from './choice.js';
import { TUNING } from './constants.js';
import type { ModelState } from './learner.js';
import { DEMOTE_BELOW } from './trust.js';

/**
 * When servers requested now would help. Measured values are absent if the lead time is configured, or none was
 * measured yet.
 */
interface LeadTimeData {
  /** The lead time in use, and how much of it is forecast. */
  readonly lead_seconds: number;
  readonly lead_seconds_planned: number;
  readonly horizon_minutes: number;
  readonly lead_time_source: 'given' | 'assumed' | 'measured';
  /** The measured lead time in whole steps, if it differs from the one in use. */
  readonly lead_seconds_measured?: number;
  readonly lead_time_count?: number;
  readonly lead_time_quantile?: number;
  readonly lead_time_planned_ms?: number;
  readonly lead_time_p50_ms?: number;
  readonly lead_time_max_ms?: number;
}

export interface ForecastData {
  readonly demand: number;
  /** Share of the active servers' capacity. */
  readonly utilization: number;
  readonly horizon_minutes: number;
  /** Whether the demand is of this tick; otherwise of the last step. */
  readonly new_step: boolean;
  /** Whether full servers hide demand: it is at least that of this tick. */
  readonly at_least: boolean;
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

/** The active expert and why it was selected. */
export interface FollowedData {
  /** Probability that the planned servers are enough; `null` while demand is hidden. */
  readonly level: number | null;
  /** The highest demand that they can serve at the promised utilization. */
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

interface StabilizedData {
  readonly highest_wish: number;
  readonly minutes: number;
  /** How long the load has been known, if the count that the window started with still holds it; `null`: it does not. */
  readonly watched_ms: number | null;
  readonly current: number;
}

interface Outgrown {
  readonly demand: number;
  readonly saturated: boolean;
  readonly factor: number | null;
  readonly max_utilization: number;
}

/** How far the plan looks ahead. */
function ahead(minutes: number): string {
  return minutes < 120 ? plural(minutes, 'minute') : duration(minutes * 60_000);
}

function leadTime(data: LeadTimeData): string {
  const { lead_seconds: lead, lead_seconds_planned: planned, horizon_minutes: minutes } = data;
  const used = duration(lead * 1000);
  const taken = duration(data.lead_time_planned_ms ?? lead * 1000);
  const takes = { given: 'take', assumed: 'are assumed to take', measured: 'take up to' }[data.lead_time_source];
  const sentence = `New servers ${takes} ${taken}`;
  if (planned < lead)
    return `${sentence}. The plan looks ${ahead(minutes)} ahead, which is as far as the forecast reaches.`;
  return taken === used
    ? `${sentence}, so the plan looks ${ahead(minutes)} ahead.`
    : `${sentence}. The plan uses ${used}, so it looks ${ahead(minutes)} ahead.`;
}

/** What the load needs now, or needed at the last step. */
function load({ demand, new_step: isNew, at_least: atLeast }: ForecastData): string {
  const count = `${atLeast ? 'at least ' : ''}${serversOf(demand)}`;
  return isNew ? `the load needs ${count}` : `the load needed ${count} at the last full minute`;
}

function forecast(data: ForecastData): string {
  const doubt = data.predictable === false ? ' This load is hard to predict.' : '';
  return (
    `${capital(load(data))}. In the next ${ahead(data.horizon_minutes)}: most likely under ` +
    `${amount(data['quantile_0.5'])}, almost surely under ${amount(data['quantile_0.99'])}.${doubt}`
  );
}

function hiddenLoad(data: ForecastData): string {
  return `The servers are full: the load needs at least ${serversOf(data.demand)}.`;
}

/** What was replayed on the load of the cluster, and how much of it. */
function compared(among: Among): string {
  const policies = among === 'forecasts' ? 'forecasts' : 'forecasts and simple rules';
  return `of the ${policies} compared over up to ${TUNING.booksDays} days of this load`;
}

/** What decides, and why. */
function whyOf({ ground, chosen_among: among, followed }: FollowedData): string {
  const name = followed.startsWith('forecast') ? 'the forecast' : `the rule "${followed}"`;
  switch (ground) {
    case 'cold_start':
      return 'still learning this cluster, so a simple safe rule decides';
    case 'cold_start_cheapest':
      return 'still learning this cluster, so the cheapest simple rule without slow requests decides';
    case 'cold_start_none_spotless':
      return 'still learning this cluster, and every simple rule had slow requests, so a safe one decides';
    case 'keeps_it':
    case 'keeps_it_in_family':
    case 'too_dear_to_keep':
    case 'none_keeps_it':
      return among === 'reactive'
        ? `the forecast is not trusted now, so ${name} decides`
        : {
            keeps_it: `${compared(among)}, ${name} keeps the service level with the fewest servers`,
            keeps_it_in_family: `${name} keeps the service level, and another policy would save too few servers`,
            too_dear_to_keep: `keeping the service level would take too many servers, so ${name} decides as a compromise`,
            none_keeps_it: `no policy keeps the service level, so ${name} decides as a compromise`,
          }[ground];
    default:
      return ground satisfies never;
  }
}

function decidedBy(data: FollowedData, { after }: { readonly after: number }): string {
  return `${serversOf(after)}: ${whyOf(data)}.`;
}

/**
 * The count and its reason, with two numbers.
 *
 * @param isForecast whether a forecast is followed: what a simple rule plans for says nothing about the load to come
 */
export function headline(
  { demand, at_least: atLeast }: ForecastData,
  { highest_demand: highest }: FollowedData,
  count: number,
  isForecast: boolean,
): string {
  const needed = `${atLeast ? 'at least ' : ''}${amount(demand)}`;
  if (highest <= demand) return `${serversOf(count)}: the load needs ${needed}.`;
  return isForecast
    ? `${serversOf(count)}: the load may soon need ${amount(highest)}.`
    : `${serversOf(count)}: the load needs ${needed}, plus room to grow.`;
}

/** What is behind the headline: what the load needs, what decides, and what the HPA would do. */
export function details(
  forecastData: ForecastData,
  followedData: FollowedData,
  has: { readonly isHidden: boolean; readonly isForecast: boolean; readonly hpa: number | null },
): string {
  const { isHidden, isForecast, hpa } = has;
  const sentences = [
    capital(isHidden ? hiddenNeeds(forecastData) : needs(forecastData, followedData.highest_demand, isForecast)),
    ...(isHidden ? [] : [capital(whyOf(followedData))]),
    ...(hpa === null ? [] : [`The Kubernetes HPA would run ${hpa}`]),
  ];
  return sentences.map((one) => `${one}.`).join(' ');
}

function hiddenNeeds({ demand }: ForecastData): string {
  return `the load needs at least ${serversOf(demand)}`;
}

function needs(data: ForecastData, highest: number, isForecast: boolean): string {
  if (highest <= data.demand) return `${load(data)}, of which they carry ${amount(highest)} within the service level`;
  return isForecast
    ? `${load(data)} and may reach ${amount(highest)} in the next ${ahead(data.horizon_minutes)}`
    : `${load(data)}, and the planned ones carry up to ${amount(highest)} within the service level`;
}

/** "Staying" or a smaller reduction. */
function only(after: number, current: number): string {
  return after === current ? `Staying at ${after}` : `Only down to ${after}`;
}

function times(factor: number): string {
  return `${amount(factor)} times`;
}

/** The sentences of `slo`, by code. */
export const SLO_SENTENCES = {
  metrics_missing: () => 'No proposal by slo: the load is not known.',

  lead_time: leadTime,
  forecast,
  saturated: hiddenLoad,
  demoted: ({ coverage }: { readonly coverage: number }) =>
    `The forecast is not trusted: only ${share(coverage)} of outcomes stayed under its 90 % quantile, the minimum is ${share(DEMOTE_BELOW)}.`,
  trusted_again: ({ coverage }: { readonly coverage: number }) =>
    `The forecast is trusted again: ${share(coverage)} of outcomes stayed under its 90 % quantile.`,
  forecast_bounded: (data: { readonly most_demand: number; readonly most_servers: number }) =>
    `The forecast is implausibly high and is cut to ${serversOf(data.most_servers)}.`,
  shadows: (data: ShadowData) =>
    `Others would run now: Kubernetes HPA ${data.shadow_hpa}, AWS target tracking ${data.shadow_aws}, Nomad ${data.shadow_nomad}, ` +
    `Azure autoscale ${data.shadow_azure}, highest load of 15 min plus 20 % ${data.shadow_trailing}.`,

  cold_start: decidedBy,
  cold_start_cheapest: decidedBy,
  cold_start_none_spotless: decidedBy,
  follows_forecast: decidedBy,
  follows_trailing: decidedBy,
  follows_hpa: decidedBy,
  forecast_demoted: decidedBy,
  too_dear_to_keep: decidedBy,
  none_keeps_it: decidedBy,

  outgrown: ({ demand, saturated, factor }: Outgrown, { before, after }) =>
    saturated
      ? `${serversOf(after)} at once: the servers became full, so the load may be ${times(factor ?? 1)} what can be measured.`
      : headed(
          `${serversOf(after)} at once: the load grew to ${amount(demand)} within the minute.`,
          `That is too much for ${before}.`,
        ),
  grows_out_of_saturation: ({ factor }: { readonly demand: number; readonly factor: number }, { after }) =>
    `${serversOf(after)}: the servers are full, so the load may be ${times(factor)} what can be measured.`,
  stabilised_down: ({ highest_wish: highest, minutes, watched_ms: watched, current }: StabilizedData, { after }) => {
    const count = only(after, current);
    if (watched !== null)
      return headed(`${count}: ${watchedFor(watched)}.`, `Servers are removed after ${minutes} min of lower need.`);
    return after === highest
      ? `${count}: that many were needed within the last ${minutes} min.`
      : headed(`${count}: more were needed within the last ${minutes} min.`, `${highest} were needed then.`);
  },
  kept_in_saturation: (_: { readonly demand: number; readonly total: number }, { after }) =>
    `Staying at ${after}: servers are full, so none is removed.`,
  churn: (_: { readonly gain: number; readonly least_gain: number; readonly price: number }, { before, after }) =>
    `Staying at ${after}: going to ${before} would save too little.`,
  outgrown_kept: ({ minutes, current }: { readonly minutes: number; readonly current: number }, { after }) =>
    `${only(after, current)}: the load needed that many within the last ${minutes} min.`,
  kept_within_minute: (_: undefined, { after }) =>
    `Staying at ${after}: servers are removed only when a minute begins.`,
  max_actions_per_day: (
    { changes, allowed: most }: { readonly changes: number; readonly allowed: number },
    { after },
  ) =>
    headed(
      `Staying at ${after}: the limit of ${plural(most, 'change')} a day is reached.`,
      `There were ${plural(changes, 'change')}.`,
    ),
} satisfies Sentences;

export const step = stepMaker(SLO_SENTENCES, 'slo');
