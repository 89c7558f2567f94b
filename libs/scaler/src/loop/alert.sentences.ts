import { serversOf } from '#engine';
import type { MetricName, RefusalReason } from '#engine';
import type { AlertCode } from '../events.js';

/** As the source names it. */
const FIELD: Readonly<Record<MetricName, string>> = {
  cpu: 'cpu_usage',
  memory: 'memory_usage',
  request_rate: 'request_load',
};

const METRIC: Readonly<Record<MetricName, string>> = { cpu: 'CPU', memory: 'memory', request_rate: 'request rate' };

const REFUSED: Readonly<Record<RefusalReason, string>> = {
  not_a_number: 'not a number',
  out_of_range: 'out of range',
  in_the_future: 'from the future',
  stale: 'too old',
  duplicate: 'sent twice',
  unknown_server: 'of a server that is not active',
};

function timeOf(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Samples that were refused, by reason, and the fields whose values were, separated by commas. */
type Refused = Partial<Record<RefusalReason, number>> & { readonly fields: string };

type Overdue = {
  readonly servers: number;
  readonly longest_ms: number;
  /** Lead times measured so far; of none, one is assumed. */
  readonly measured: number;
  readonly longest_measured_ms: number;
};

type Finished = {
  readonly action: 'SCALE_UP' | 'SCALE_DOWN';
  readonly desired: number;
  readonly servers_before: number;
  readonly servers_after: number | null;
  readonly error: string | null;
};

/** What is told when a condition begins, by code; those that are not here say what the decision says. */
export const RAISED = {
  provider_unreachable: ({ error }: { readonly error: string }) => error,
  metrics_missing: ({ error }: { readonly error: string | null; readonly active: number }) =>
    error ?? 'No active server reports.',
  servers_silent: (data: { readonly silent: number; readonly active: number; readonly metric: MetricName | null }) =>
    data.metric === null
      ? `${data.silent} of ${data.active} servers send no metrics. No server is removed meanwhile.`
      : `${data.silent} of ${data.active} servers send no ${METRIC[data.metric]} (${FIELD[data.metric]}), which the policy decides on.`,
  samples_refused: ({ fields, ...refused }: Refused) => {
    const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${REFUSED[reason as RefusalReason]}`);
    const names = fields === '' ? [] : fields.split(',').map((metric) => FIELD[metric as MetricName]);
    const where = names.length === 0 ? '' : ` The values of ${names.join(' and ')} are ignored; the others count.`;
    return `Samples refused: ${reasons.join(', ')}.${where}`;
  },
  saturated: ({ full, active }: { readonly full: number; readonly active: number }) =>
    `${full === active ? 'All' : `${full} of ${active}`} servers are full and none is added.`,
  unmet_demand: ({ unmet }: { readonly unmet: number; readonly needed: number; readonly allowed: number }) =>
    `${unmet} more servers are needed than allowed.`,
  error_budget_spent: (data: { readonly spent: number; readonly promised: number; readonly burn_rate: number }) =>
    `The error budget is spent: the last day burnt it ${Math.round(data.burn_rate * 10) / 10} times as fast as promised.`,
  scaling_failed: ({ action, desired, servers_after: after, error }: Finished) =>
    `${action} to ${desired} ended at ${after ?? 'an unknown count'}${error === null ? '' : `: ${error}`}`,
  servers_lost: ({ lost, desired }: { readonly lost: number; readonly desired: number }) =>
    `${serversOf(lost)} of ${desired} vanished without being removed. The missing ones are asked for again.`,
  count_contested: ({ desired }: { readonly desired: number; readonly changes: number }) =>
    `Another system changes the desired count back after it was set to ${desired}. It is set again.`,
  servers_overdue: ({ servers, longest_ms: longest, measured, longest_measured_ms: known }: Overdue) => {
    const why =
      measured === 0
        ? `none was measured yet, ${timeOf(known)} are assumed`
        : `the longest of ${measured} measured took ${timeOf(known)}`;
    return `${serversOf(servers)} asked for up to ${timeOf(longest)} ago ${servers === 1 ? 'is' : 'are'} not active: ${why}.`;
  },
  large_change: ({ by, from, to }: { readonly by: 'hold' | 'bounds'; readonly from: number; readonly to: number }) =>
    `${by === 'hold' ? 'A hold' : 'A change of the bounds'} takes the cluster from ${from} to ${to} servers. POST /clusters/:id/undo restores the bounds and the hold from before.`,
  drift: ({ from, to }: { readonly from: number; readonly to: number }) =>
    `An external change set the count from ${from} to ${to}.`,
  tick_failed: ({ error }: { readonly error: string }) => error,
  budget_burning: ({ burn_rate: burn }: { readonly burn_rate: number }) =>
    `The last day burnt the error budget ${Math.round(burn * 10) / 10} times as fast as promised.`,
} satisfies Partial<Record<AlertCode | 'budget_burning', (data: never) => string>>;

/** What is told when a condition ends. */
export const CLEARED: Readonly<Record<Exclude<AlertCode, 'drift'>, string>> = {
  provider_unreachable: 'The provider answers again.',
  metrics_missing: 'Metrics are complete and recent again.',
  samples_refused: 'Samples are plausible again.',
  servers_silent: 'More than 80 % of the servers report again.',
  scaling_failed: 'The cluster scales again.',
  unmet_demand: 'The bounds no longer cut what is needed.',
  forecast_demoted: 'The forecast is trusted again.',
  error_budget_spent: 'The error budget is no longer overspent.',
  tick_failed: 'The cluster can be ticked again.',
  saturated: 'The servers are no longer full, or more are on their way.',
  removals_held: 'Removals are no longer held.',
  servers_lost: 'The lost servers are made up for.',
  count_contested: 'The desired count is no longer changed by another system.',
  servers_overdue: 'The servers that were asked for are there.',
  large_change: 'The large change is done.',
  bounds_conflict: 'No open window asks for what the bounds do not allow.',
  stranded_at_zero: 'The cluster has servers again.',
};

/** What is told of a condition that begins, or of what happened: a sentence, and its numbers. */
export interface Message {
  readonly message: string;
  readonly data: Readonly<Record<string, number | string | boolean | null>>;
}

export type RaisedCode = keyof typeof RAISED;
export type RaisedData<Code extends RaisedCode> = Parameters<(typeof RAISED)[Code]>[0];

/** @returns the message of a code, from its numbers */
export function messageOf<Code extends RaisedCode>(code: Code, data: RaisedData<Code>): Message {
  const say: (data: never) => string = RAISED[code];
  return { message: say(data as never), data };
}
