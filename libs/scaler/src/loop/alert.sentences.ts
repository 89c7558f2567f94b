import { amount, duration, METRIC_WORD, plural, serversOf, share } from '#engine';
import type { MetricName, Need, RefusalReason } from '#engine';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import { STATE_SENTENCES } from '../state/cluster-state.sentences.js';
import type { Refusal } from './cluster-memory.js';
import { ended, unreadable, wayOut } from './withheld.sentences.js';

/** Field names as in the source's wire format. */
const FIELD: Readonly<Record<MetricName, string>> = {
  cpu: 'cpu_usage',
  memory: 'memory_usage',
  request_rate: 'request_load',
};

const REFUSED: Readonly<Record<RefusalReason, string>> = {
  not_a_number: 'not a number',
  out_of_range: 'out of range',
  in_the_future: 'from the future',
  stale: 'too old',
  duplicate: 'duplicate',
  unknown_server: 'from an inactive server',
};

/** Rejected samples by reason, and the affected fields, separated by commas. */
type Refused = Partial<Record<RefusalReason, number>> & { readonly fields: string };

type Missing = { readonly error: string | null; readonly active: number; readonly partial: boolean };

type Overdue = {
  readonly servers: number;
  readonly longest_ms: number;
  /** Number of measured lead times; 0: the default is assumed. */
  readonly measured: number;
  readonly longest_measured_ms: number;
  /** Why one of them is not delivered, as stated by the provider; `null`: not stated. */
  readonly reason: string | null;
};

type Unmet = {
  readonly unmet: number;
  readonly needed: number;
  readonly allowed: number;
  readonly need: Need;
  /** Whether the count is only recommended, so that this limit keeps no server from being added. */
  readonly only_recommends: boolean;
  /** What scales the servers instead, or bounds their count; `null`: nothing known. */
  readonly other: string | null;
  /** The most that it allows, and the name of that field; `null`: not known. */
  readonly their_limit: number | null;
  readonly their_limit_field: string | null;
};

type LargeChange = {
  readonly by: 'hold' | 'bounds';
  readonly from: number;
  readonly to: number;
  /** Whether it is the last change that a user made in this service, so that an undo reverts it. */
  readonly undoable: boolean;
};

type MeasuredMiss = {
  /** Of slow or failed requests, as the source of the metrics counts them. */
  readonly share: number;
  readonly promised: number;
  readonly requests: number;
  readonly max_utilization: number;
  /** Minutes in which utilization was known. */
  readonly minutes_judged: number;
  /** Of these, the ones above `max_utilization`. */
  readonly minutes_above: number;
};

type Finished = {
  readonly action: 'SCALE_UP' | 'SCALE_DOWN';
  readonly desired: number;
  readonly servers_before: number;
  readonly servers_after: number | null;
  readonly error: string | null;
  /** What the refusal was understood as; `null`: not known, or it refused nothing. */
  readonly refusal: Refusal['kind'];
  /** Time until the next attempt; `null` if none is scheduled. */
  readonly retry_ms: number | null;
};

/** Whether too few servers may be the cause. */
function howFull(miss: Pick<MeasuredMiss, 'max_utilization' | 'minutes_judged' | 'minutes_above'>): string {
  const { max_utilization: most, minutes_judged: judged, minutes_above: above } = miss;
  if (judged === 0) return 'How full the servers were is not known.';
  if (above === 0) return `The servers were below ${share(most)} all the time: more servers may not help.`;
  return `The servers were above ${share(most)} for ${duration(above * 60_000)} of it.`;
}

/** What the provider did instead of what was requested. */
function failed({ action, desired, servers_before: before, servers_after: after, error }: Finished): string {
  const isUp = action === 'SCALE_UP';
  const asked = Math.abs(desired - before);
  const done = after === null ? 0 : Math.abs(after - before);
  if (error === null) return `The provider ${isUp ? 'added' : 'removed'} only ${done} of ${serversOf(asked)}.`;
  const refused = isUp ? `refused ${plural(asked, 'more server')}` : `refused to remove ${serversOf(asked)}`;
  return ended(`The provider ${refused}: ${error}`);
}

const NEEDS: Readonly<Record<Need, string>> = { known: 'Needs', at_least: 'Needs at least', estimated: 'May need' };

/** What is needed above the limit. Full servers hide how much that is. */
function unmet(data: Unmet): string {
  const { needed, allowed, need } = data;
  const hidden = need === 'known' ? '' : ' The servers are full, so the real need is not known.';
  return `${NEEDS[need]} ${serversOf(needed)}, limit is ${allowed}.${hidden}${whereTheLimitIs(data)}`;
}

function whereTheLimitIs({ needed, only_recommends: isAdvice, other, ...their }: Unmet): string {
  const { their_limit: limit, their_limit_field: field } = their;
  if (other !== null && limit !== null && needed > limit)
    return ` ${other} ${isAdvice ? 'scales it and ' : ''}allows ${limit}: raise its ${field ?? 'maximum'}.`;
  if (!isAdvice) return '';
  return other === null
    ? ' The service only recommends.'
    : ` ${other} scales it, so this limit is for recommendations only.`;
}

/** Messages for conditions that begin, by code. Codes that are missing here use the sentence of the decision. */
export const RAISED = {
  provider_unreachable: unreadable,
  metrics_missing: ({ error, active, partial }: Missing) =>
    error === null
      ? `None of ${serversOf(active)} reports metrics. No server is removed.`
      : `${partial ? 'Metrics are incomplete' : 'No metrics'} (${error}). No server is removed.`,
  servers_silent: (data: { readonly silent: number; readonly active: number; readonly metric: MetricName | null }) => {
    const what = data.metric === null ? 'metrics' : `${METRIC_WORD[data.metric]} (${FIELD[data.metric]})`;
    return `${data.silent} of ${serversOf(data.active)} ${data.silent === 1 ? 'reports' : 'report'} no ${what}. No server is removed.`;
  },
  samples_refused: ({ fields, ...refused }: Refused) => {
    const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${REFUSED[reason as RefusalReason]}`);
    const names = fields === '' ? [] : fields.split(',').map((metric) => FIELD[metric as MetricName]);
    const where =
      names.length === 0 ? '' : ` Only their ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} ignored.`;
    return `Samples ignored: ${reasons.join(', ')}.${where}`;
  },
  saturated: ({ full, active }: { readonly full: number; readonly active: number }) =>
    `${full === active ? 'All' : `${full} of`} ${serversOf(active)} are full, and none is being added.`,
  unmet_demand: unmet,
  error_budget_spent: (data: { readonly spent: number; readonly promised: number; readonly burn_rate: number }) =>
    STATE_SENTENCES.promise_broken(data),
  measured_missed: ({ share: part, promised, ...servers }: MeasuredMiss) =>
    `${share(part)} of requests of the last hour were slow or failed, ${share(promised)} is allowed. ${howFull(servers)}`,
  // Not when: the decision says that, and an alert is not announced again while it holds.
  scaling_failed: (data: Finished) => {
    const next = data.retry_ms === null ? '' : 'The request is repeated.';
    return [failed(data), wayOut(data.refusal), next].filter((sentence) => sentence !== '').join(' ');
  },
  servers_lost: ({ lost, desired }: { readonly lost: number; readonly desired: number }) =>
    `${lost} of ${serversOf(desired)} ${lost === 1 ? 'was' : 'were'} lost. Requesting ${lost === 1 ? 'it' : 'them'} again.`,
  count_contested: ({ desired }: { readonly desired: number; readonly changes: number }) =>
    `Another system keeps changing the desired count. Setting it to ${desired} again.`,
  servers_overdue: ({ servers, longest_ms: longest, longest_measured_ms: expected, reason }: Overdue) =>
    `${serversOf(servers)} ${servers === 1 ? 'is' : 'are'} not active ${duration(longest)} after the request. Expected: ${duration(expected)}.${reason === null ? '' : ` The provider says: ${reason}`}`,
  large_change: ({ by, from, to, undoable }: LargeChange) =>
    `${by === 'hold' ? 'A manual hold changes' : 'The bounds change'} the cluster from ${from} to ${serversOf(to)}.${undoable ? ' To undo: POST /clusters/:id/undo.' : ''}`,
  drift: ({ from, to, by }: { readonly from: number; readonly to: number; readonly by: string | null }) =>
    `${by ?? 'An external change'} set the desired count from ${from} to ${to}.`,
  target_blocked: ({ by, reason }: { readonly by: string; readonly reason: string }) =>
    `${by} acts on this cluster too: ${reason}. The service only recommends.`,
  lease_not_renewed: ({ error, objects }: { readonly error: string; readonly objects: string }) =>
    `Cannot renew the Lease of this cluster (${error}). After 5 min without a renewal ${objects} scales it again.`,
  on_journal: ({ desired }: { readonly desired: number }) =>
    `The database is down. Without it the cluster was scaled up to ${serversOf(desired)}. None is removed until it is back.`,
  tick_failed: ({ error }: { readonly error: string }) =>
    `The service cannot work on this cluster (${error}). Servers stay as they are.`,
  budget_burning: ({ burn_rate: burn }: { readonly burn_rate: number }) =>
    `The error budget is used up ${amount(burn)} times as fast as allowed.`,
} satisfies Partial<Record<AlertCode | 'budget_burning', (data: never) => string>>;

/** Messages for conditions that end. */
export const CLEARED: Readonly<Record<Exclude<AlertCode, 'drift'>, string>> = {
  provider_unreachable: 'The provider is reachable again.',
  metrics_missing: 'Metrics are complete and recent again.',
  samples_refused: 'All samples are valid again.',
  servers_silent: 'More than 80 % of the servers report again.',
  scaling_failed: 'Scaling works again.',
  unmet_demand: 'The limit is high enough again.',
  forecast_demoted: 'The forecast is trusted again.',
  error_budget_spent: 'The service level is kept again.',
  measured_missed: 'The measured share of slow or failed requests is no longer above the promised one.',
  tick_failed: 'The service works on this cluster again.',
  saturated: 'The servers are no longer full, or more are starting.',
  removals_held: 'Removals are no longer on hold.',
  servers_lost: 'The lost servers are replaced.',
  count_contested: 'No other system changes the desired count now.',
  servers_overdue: 'The requested servers are active.',
  large_change: 'The large change is done.',
  bounds_conflict: 'The bounds allow all open windows again.',
  stranded_at_zero: 'The cluster has servers again.',
  target_blocked: 'No other system acts on this cluster now.',
  lease_not_renewed: 'The Lease of this cluster is renewed again.',
  on_journal: 'The database records changes again.',
};

/** A message for a condition or an event: the sentence and its numbers. */
export interface Message {
  readonly message: string;
  readonly data: Readonly<Record<string, number | string | boolean | null>>;
}

export type RaisedCode = keyof typeof RAISED;
export type RaisedData<Code extends RaisedCode> = Parameters<(typeof RAISED)[Code]>[0];

/** @returns the message for a code and its data */
export function messageOf<Code extends RaisedCode>(code: Code, data: RaisedData<Code>): Message {
  const say: (data: never) => string = RAISED[code];
  return { message: say(data as never), data };
}
