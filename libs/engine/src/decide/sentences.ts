import { type Sentences, stepMaker } from '../step.js';
import type { MetricName, PolicyKind } from '../types.js';
import { METRIC_WORD, round, serversOf } from '../words.js';

/** What a tick saw; CPU and memory in percent, `null` where a value is not known. */
interface Seen {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly reporting: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly request_rate: number | null;
  readonly demand: number | null;
  readonly bottleneck: MetricName | null;
  readonly saturated: boolean;
  readonly full: number;
  readonly warming: number;
  readonly staleness_ms: number | null;
}

interface Listing {
  readonly listed: number;
  readonly reference: number;
}

/** What a policy that only forecasts would ask for, or a window of one. */
type Onlooking =
  | { readonly policy: PolicyKind; readonly desired: number }
  | { readonly window: string; readonly min_servers: number | null; readonly max_servers: number | null };

function seen({ active, provisioning, reporting, cpu, memory, demand, bottleneck, saturated, warming }: Seen): string {
  const known = [
    ...(cpu === null ? [] : [`CPU ${Math.round(cpu)} %`]),
    ...(memory === null ? [] : [`memory ${Math.round(memory)} %`]),
  ];
  const metrics =
    known.length === 0 ? 'no usable metrics' : `${known.join(', ')} on ${reporting} of ${active} active servers`;
  const starting = warming === 0 ? '' : `, ${warming} of them starting up`;
  const coming = provisioning === 0 ? '' : `, ${provisioning} on their way`;
  const least = saturated ? 'at least ' : '';
  const decides = bottleneck === null || bottleneck === 'cpu' ? '' : `, which ${METRIC_WORD[bottleneck]} decides`;
  const work = demand === null ? '' : ` That is work for ${least}${round(demand)} servers${decides}.`;
  return `Seen: ${metrics}${starting}${coming}.${work}`;
}

function askedAgain({ listed, reference }: Listing & { readonly lost: number }): string {
  return `${listed} of ${reference} desired servers are listed: the missing ${reference - listed} are asked for again.`;
}

/** The sentences of the steps that are no policy's own, by code. */
export const DECISION_SENTENCES = {
  seen,
  saturated: seen,
  no_metrics: seen,

  fewer_listed: ({ listed, reference }: Listing) =>
    `${serversOf(reference - listed)} of the desired ${reference} ${reference - listed === 1 ? 'is' : 'are'} not listed: decisions start from ${reference}.`,
  more_listed: ({ listed, reference }: Listing) =>
    `${serversOf(listed - reference)} more than the desired ${reference} ${listed - reference === 1 ? 'is' : 'are'} listed: decisions start from ${reference}.`,
  replace_lost: askedAgain,
  ask_again: askedAgain,

  highest: (proposals: Partial<Record<PolicyKind, number>>) =>
    `Of ${Object.entries(proposals)
      .map(([policy, count]) => `${policy} ${count}`)
      .join(', ')} the highest counts.`,
  forecast_only: (data: Onlooking) => {
    if ('policy' in data) return `${data.policy} only forecasts; it would ask for ${data.desired} servers.`;
    const floor = data.min_servers === null ? [] : [`no fewer than ${data.min_servers}`];
    const ceiling = data.max_servers === null ? [] : [`no more than ${data.max_servers}`];
    return `schedule only forecasts; its window "${data.window}" would ask for ${[...floor, ...ceiling].join(' and ')} servers.`;
  },
  recommend_only: ({ reference }: { readonly reference: number }) =>
    `This policy only recommends: the count stays at ${reference}.`,

  servers_missing: ({ listed, reference }: Listing) =>
    `${serversOf(reference - listed)} of ${reference} are not listed: no server is removed.`,
  metrics_not_fresh: (data: { readonly metric: MetricName; readonly reporting: number; readonly active: number }) =>
    `Only ${data.reporting} of ${data.active} active servers report ${METRIC_WORD[data.metric]}: no server is removed.`,
  servers_full: ({ full, active }: { readonly full: number; readonly active: number }, { after }) =>
    `${full} of ${serversOf(active)} ${full === 1 ? 'is' : 'are'} full: ${after} stay.`,

  stranded_at_zero: () => 'No server can report and the source states no totals: back to 1 server.',
  zero_without_signal: () => 'Staying at 1 server: at 0 nothing would show that load is back.',
  offered_at_zero: ({ request_rate: rate }: { readonly request_rate: number }, { after }) =>
    `${round(rate)} requests per second are offered: they need ${serversOf(after)}.`,

  held_by_hand: ({ by, remaining_ms: ms }: { readonly by: string; readonly remaining_ms: number }, { after }) =>
    `${by} holds the count at ${after} for another ${Math.ceil(ms / 1000)} s.`,
  in_steps: ({ reference, target }: { readonly reference: number; readonly target: number }, { after }) =>
    `From ${reference} to ${target} in steps: ${serversOf(reference - after)} of them now.`,
  not_below_asked: (_: undefined, { after }) =>
    `${serversOf(after)} were asked for before and may still come: no fewer are asked for now.`,

  bounds_conflict: (data: { window: string; asked: number; from: 'min_servers' | 'max_servers'; bound: number }) =>
    data.from === 'max_servers'
      ? `The window "${data.window}" asks for at least ${serversOf(data.asked)}, but max_servers allows ${data.bound}.`
      : `The window "${data.window}" allows at most ${serversOf(data.asked)}, but min_servers asks for ${data.bound}.`,
  raised_to_min: ({ bound, from }: { readonly bound: number; readonly from: string }, { before }) =>
    `${before} servers would be fewer than ${bound}, which ${from} asks for.`,
  cut_to_max: (data: { readonly bound: number; readonly from: string; readonly asked: boolean }, { before }) =>
    `${before} servers ${data.asked ? 'were wished' : 'are there'}, but ${data.from} allows ${data.bound}.`,
} satisfies Sentences;

/** A step that is no policy's own. */
export const step = stepMaker(DECISION_SENTENCES);

/** Where no policy proposes anything. */
export const NO_POLICY = 'No policy asks for a count.';
