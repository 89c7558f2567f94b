import { type Sentences, stepMaker } from '../step.js';
import type { MetricName } from '../types.js';
import { amount, duration, METRIC_WORD, percent, serversOf } from '../words.js';

interface Reading {
  readonly metric: MetricName;
  /** Mean over the servers that report it. */
  readonly value: number;
  readonly target: number;
  /** Value over target, including assumed values of silent servers. */
  readonly ratio: number;
  /** Servers in the mean. */
  readonly counted: number;
  /** Requested servers. */
  readonly servers: number;
}

/** Recommendation in a stabilization window; `known` is false if the window starts with the current count. */
interface Window {
  readonly window_ms: number;
  readonly recommended: number;
  readonly known: boolean;
  readonly current: number;
}

function seen({ metric, value, target, counted, servers }: Reading): string {
  const where = counted === servers ? '' : ` on ${counted} of ${serversOf(servers)}`;
  return metric === 'request_rate'
    ? `Requests are ${amount(value)} per second and server${where}, target ${amount(target)}`
    : `${metric === 'cpu' ? 'CPU' : 'Memory'} is ${percent(value)}${where}, target ${percent(target)}`;
}

/** @param missing names of metrics, separated by commas */
function metrics(missing: string): string {
  const words = missing.split(',').map((metric) => METRIC_WORD[metric as MetricName]);
  return `${words.join(' and ')} ${words.length === 1 ? 'is' : 'are'}`;
}

/** Why a proposal waits for the stabilization window. */
function why({ window_ms: ms, recommended, known }: Window, after: number, was: string): string {
  if (!known) return `the last ${duration(ms)} are not known yet.`;
  return `${after === recommended ? 'that many' : recommended} were ${was} within the last ${duration(ms)}.`;
}

/** The sentences of `target_tracking`, by code. */
export const TARGET_TRACKING_SENTENCES = {
  metrics_missing: ({ missing, others }: { readonly missing: string; readonly others: boolean }) =>
    others
      ? `No server is removed: ${metrics(missing)} not known.`
      : `No proposal by target_tracking: ${metrics(missing)} not known.`,

  within_tolerance: (reading: Reading) => `${seen(reading)}: within tolerance.`,
  held_by_unknown: (reading: Reading) => `${seen(reading)}. The count stays, as some servers do not report yet.`,
  above_target: (reading: Reading, { after }) =>
    `${seen(reading)}: ${serversOf(after)} ${after === 1 ? 'brings' : 'bring'} it back to target.`,
  below_target: (reading: Reading, { after }) =>
    `${seen(reading)}: ${serversOf(after)} ${after === 1 ? 'is' : 'are'} enough.`,

  stabilised_up: (window: Window, { after }) =>
    `${after === window.current ? 'Staying at' : 'Only up to'} ${after}: ${why(window, after, 'enough')}`,
  stabilised_down: (window: Window, { after }) =>
    `${after === window.current ? 'Staying at' : 'Only down to'} ${after}: ${why(window, after, 'needed')}`,

  scale_up_rate: (_: undefined, { after }) => `Only up to ${after}: the rules for scaling up allow no more now.`,
  scale_down_rate: (_: undefined, { after }) => `Only down to ${after}: the rules for scaling down allow no fewer now.`,
} satisfies Sentences;

export const step = stepMaker(TARGET_TRACKING_SENTENCES, 'target_tracking');
