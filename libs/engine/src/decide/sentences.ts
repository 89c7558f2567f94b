import { type Sentences, stepMaker } from '../step.js';
import type { Bottleneck, MetricName, PolicyKind } from '../types.js';
import type { Need } from './need.js';
import { duration, headed, METRIC_WORD, percent, plural, serversOf } from '../words.js';

/** Observed values; CPU and memory in percent, `null` if unknown. */
interface Seen {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly reporting: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly request_rate: number | null;
  readonly demand: number | null;
  readonly bottleneck: Bottleneck | null;
  readonly saturated: boolean;
  readonly full: number;
  readonly warming: number;
  readonly staleness_ms: number | null;
}

interface Listing {
  readonly listed: number;
  readonly reference: number;
}

interface Cut {
  readonly bound: number;
  readonly from: string;
  readonly asked: boolean;
  readonly need: Need;
}

function needed(count: number, need: Need): string {
  switch (need) {
    case 'known':
      return `${count} are needed`;
    case 'at_least':
      return `at least ${count} are needed`;
    case 'estimated':
      return `${count} may be needed`;
    default:
      return need satisfies never;
  }
}

/** The proposal of a forecast-only policy or window. */
type Onlooking =
  | { readonly policy: PolicyKind; readonly desired: number }
  | { readonly window: string; readonly min_servers: number | null; readonly max_servers: number | null };

function seen({ active, provisioning, reporting, cpu, memory, demand, bottleneck, saturated, warming }: Seen): string {
  const known = [
    ...(cpu === null ? [] : [`CPU ${percent(cpu)}`]),
    ...(memory === null ? [] : [`memory ${percent(memory)}`]),
  ];
  const metrics =
    known.length === 0 && bottleneck === 'work'
      ? `${serversOf(active)} ${are(active)} active.`
      : known.length === 0
        ? active === 0
          ? 'No server is active, so there are no metrics.'
          : `None of ${serversOf(active)} reports usable metrics.`
        : `${reporting} of ${serversOf(active)} ${verb(reporting, 'report')} ${known.join(', ')}.`;
  const warmingUp = warming === 0 ? '' : ` ${warming} ${are(warming)} warming up.`;
  const starting = provisioning === 0 ? '' : ` ${provisioning} more ${are(provisioning)} starting.`;
  const limit =
    bottleneck === null || bottleneck === 'cpu' || bottleneck === 'work'
      ? ''
      : `, limited by ${METRIC_WORD[bottleneck]}`;
  const what = bottleneck === 'work' ? 'work that waits or is under way' : 'load';
  const load = demand === null ? '' : ` The ${what} needs ${saturated ? 'at least ' : ''}${serversOf(demand)}${limit}.`;
  return `${metrics}${warmingUp}${starting}${load}`;
}

/** `1 reports`, `2 report`. */
function verb(count: number, word: string): string {
  return count === 1 ? `${word}s` : word;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

/** What a forecast-only policy would do. */
function onlooking(data: Onlooking): string {
  if ('policy' in data) return `${data.policy} would run ${serversOf(data.desired)}, but it only forecasts.`;
  const { window, min_servers: min, max_servers: max } = data;
  const range =
    min === null
      ? `at most ${serversOf(max ?? 0)}`
      : max === null
        ? `at least ${serversOf(min)}`
        : `${min} to ${serversOf(max)}`;
  return `The window "${window}" would run ${range}, but the schedule only forecasts.`;
}

/** The sentences of steps that belong to no policy, by code. */
export const DECISION_SENTENCES = {
  seen,
  saturated: seen,
  no_metrics: seen,

  fewer_listed: ({ listed, reference }: Listing) =>
    `The provider lists ${listed} of ${serversOf(reference)}. Decisions start from ${reference}.`,
  more_listed: ({ listed, reference }: Listing) =>
    `The provider lists ${serversOf(listed)}, ${listed - reference} more than desired. Decisions start from ${reference}.`,
  replace_lost: ({ listed, reference }: Listing & { readonly lost: number }) =>
    `Requesting ${serversOf(reference)} again: ${reference - listed} ${reference - listed === 1 ? 'was' : 'were'} lost.`,
  ask_again: ({ listed, reference }: Listing & { readonly lost: number }) =>
    `Requesting ${serversOf(reference)} again: ${reference - listed} ${are(reference - listed)} missing.`,

  highest: (proposals: Partial<Record<PolicyKind, number>>) => {
    const all = Object.entries(proposals).map(([policy, count]) => `${policy} ${count}`);
    return `The highest proposal decides: ${all.join(', ')}.`;
  },
  forecast_only: onlooking,
  recommend_only: ({ reference }: { readonly reference: number }) =>
    `Recommendation only: the cluster stays at ${serversOf(reference)}.`,

  servers_missing: ({ listed, reference }: Listing) =>
    `Staying at ${reference}: the provider lists only ${serversOf(listed)}, so none is removed.`,
  metrics_not_fresh: (
    data: { readonly metric: MetricName; readonly reporting: number; readonly active: number },
    { after },
  ) =>
    headed(
      `Staying at ${after}: too few servers report ${METRIC_WORD[data.metric]}.`,
      `Only ${data.reporting} of ${serversOf(data.active)} ${verb(data.reporting, 'report')} it, so none is removed.`,
    ),
  metrics_partial: (_: undefined, { after }) =>
    `Staying at ${after}: a part of the metrics is unknown, so none is removed.`,
  metrics_late: ({ late_ms: ms }: { readonly late_ms: number }, { after }) =>
    `Staying at ${after}: metrics are up to ${duration(ms)} late and may be from before the last change.`,
  servers_full: ({ full, active }: { readonly full: number; readonly active: number }, { after }) =>
    headed(`Keeping ${serversOf(after)}: ${full} ${are(full)} full.`, `${active} are active.`),

  idle: ({ idle_ms: ms }: { readonly idle_ms: number }) => `0 servers: no load for ${duration(ms)}.`,
  stranded_at_zero: () => 'Back to 1 server: at 0 nothing reports the load.',
  zero_without_signal: () => 'Keeping 1 server: at 0 nothing would report the load.',
  offered_at_zero: ({ request_rate: rate }: { readonly request_rate: number }, { after }) =>
    `${serversOf(after)}: ${plural(rate, 'request')} arrive per second.`,
  work_at_zero: (_: { readonly work: number }, { after }) => `${serversOf(after)}: work is waiting.`,

  held_by_hand: ({ by, remaining_ms: ms }: { readonly by: string; readonly remaining_ms: number }, { after }) =>
    `Held at ${serversOf(after)} by ${by} for another ${duration(ms)}.`,
  undone: ({ by, from, to }: { readonly by: string; readonly from: number; readonly to: number }, { after }) =>
    headed(`Back to ${serversOf(after)}: ${by} undid a change.`, `The change was from ${from} to ${to}.`),
  restored: ({ count, window_ms: ms }: { readonly count: number; readonly window_ms: number }, { after }) =>
    headed(
      `Staying at ${after}: an undo restored servers within the last ${duration(ms)}.`,
      `It restored ${serversOf(count)}.`,
    ),
  in_steps: ({ reference, target }: { readonly reference: number; readonly target: number }, { after }) =>
    `Going to ${serversOf(target)} in steps: removing ${reference - after} now.`,
  not_below_asked: (_: undefined, { after }) =>
    `${serversOf(after)} were requested before and may still start: not requesting fewer.`,

  bounds_conflict: (data: { window: string; asked: number; from: 'min_servers' | 'max_servers'; bound: number }) =>
    data.from === 'max_servers'
      ? `The window "${data.window}" needs at least ${serversOf(data.asked)}, but max_servers is ${data.bound}.`
      : `The window "${data.window}" allows at most ${serversOf(data.asked)}, but min_servers is ${data.bound}.`,
  raised_to_min: ({ bound, from }: { readonly bound: number; readonly from: string }) =>
    `Raised to ${serversOf(bound)} by ${from}.`,
  cut_to_max: (data: Cut, { before }) =>
    data.asked
      ? `Limited to ${serversOf(data.bound)} by ${data.from}: ${needed(before, data.need)}.`
      : `Reduced from ${before} to ${serversOf(data.bound)} by ${data.from}.`,
} satisfies Sentences;

/** Makes a step that belongs to no policy. */
export const step = stepMaker(DECISION_SENTENCES);

/** For the case that no policy proposes anything. */
export const NO_POLICY = headed('No policy proposes a count.', 'Servers stay as they are.');
