import { type Sentences, stepMaker } from '../step.js';
import type { MetricName } from '../types.js';
import { amount, capital, duration, headed, METRIC_WORD, percent, serversOf, watchedFor } from '../words.js';

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

/** Recommendation in a stabilization window. */
interface Window {
  readonly window_ms: number;
  readonly recommended: number;
  /** How long the load has been known, if the count that the window started with still holds it; `null`: it does not. */
  readonly watched_ms: number | null;
  readonly current: number;
}

/** The reading without its target: `CPU is 68 %`. */
function read({ metric, value }: Reading): string {
  return metric === 'request_rate'
    ? `requests are ${amount(value)} per second and server`
    : `${METRIC_WORD[metric] === 'CPU' ? 'CPU' : 'memory'} is ${percent(value)}`;
}

function targetOf({ metric, target }: Reading): string {
  return metric === 'request_rate' ? amount(target) : percent(target);
}

/** Where the reading is from, if not from all servers. */
function where({ counted, servers }: Reading): string {
  return counted === servers ? '' : `Measured on ${counted} of ${serversOf(servers)}.`;
}

/** @param missing names of metrics, separated by commas */
function metrics(missing: string): string {
  const words = missing.split(',').map((metric) => METRIC_WORD[metric as MetricName]);
  return `${words.join(' and ')} ${words.length === 1 ? 'is' : 'are'}`;
}

/** What a stabilization window says, by direction. */
const WINDOW_WORDS = {
  up: { only: 'Only up to', was: 'enough', others: 'fewer', once: 'Servers are added after', of: 'higher' },
  down: { only: 'Only down to', was: 'needed', others: 'more', once: 'Servers are removed after', of: 'lower' },
} as const;

/** Why a proposal waits for the stabilization window. */
function waits({ window_ms: ms, recommended, watched_ms: watched, current }: Window, after: number, to: 'up' | 'down') {
  const { only, was, others, once, of } = WINDOW_WORDS[to];
  const count = `${after === current ? 'Staying at' : only} ${after}`;
  if (watched !== null) return headed(`${count}: ${watchedFor(watched)}.`, `${once} ${duration(ms)} of ${of} need.`);
  return after === recommended
    ? `${count}: that many were ${was} within the last ${duration(ms)}.`
    : headed(`${count}: ${others} were ${was} within the last ${duration(ms)}.`, `${recommended} were ${was} then.`);
}

/** The sentences of `target_tracking`, by code. */
export const TARGET_TRACKING_SENTENCES = {
  metrics_missing: ({ missing, others }: { readonly missing: string; readonly others: boolean }) =>
    others
      ? `No server is removed: ${metrics(missing)} not known.`
      : `No proposal by target_tracking: ${metrics(missing)} not known.`,

  within_tolerance: (reading: Reading) =>
    headed(`${capital(read(reading))}, target ${targetOf(reading)}: within tolerance.`, where(reading)),
  held_by_unknown: (reading: Reading) =>
    headed(
      `The count stays: some servers do not report ${METRIC_WORD[reading.metric]} yet.`,
      `${capital(read(reading))}, target ${targetOf(reading)}.`,
      where(reading),
    ),
  above_target: (reading: Reading, { after }) =>
    headed(
      `${serversOf(after)}: ${read(reading)}, above target.`,
      `The target is ${targetOf(reading)}.`,
      where(reading),
    ),
  below_target: (reading: Reading, { after }) =>
    headed(
      `${serversOf(after)} ${after === 1 ? 'is' : 'are'} enough: ${read(reading)}, below target.`,
      `The target is ${targetOf(reading)}.`,
      where(reading),
    ),

  stabilised_up: (window: Window, { after }) => waits(window, after, 'up'),
  stabilised_down: (window: Window, { after }) => waits(window, after, 'down'),

  scale_up_rate: (_: undefined, { after }) => `Only up to ${after}: the rules for scaling up allow no more now.`,
  scale_down_rate: (_: undefined, { after }) => `Only down to ${after}: the rules for scaling down allow no fewer now.`,
} satisfies Sentences;

export const step = stepMaker(TARGET_TRACKING_SENTENCES, 'target_tracking');
