import { type Sentences, stepMaker } from '../step.js';
import type { MetricName } from '../types.js';

interface Reading {
  readonly metric: MetricName;
  /** Mean over the servers that report it. */
  readonly value: number;
  readonly target: number;
  /** Value over target, with what is assumed of servers that do not report. */
  readonly ratio: number;
}

/** What was recommended within a window; `known` is false where the window begins with the present count. */
interface Window {
  readonly window_ms: number;
  readonly recommended: number;
  readonly known: boolean;
  readonly current: number;
}

function seen({ metric, value, target }: Reading): string {
  const unit = metric === 'request_rate' ? ' requests/s a server' : ' %';
  return `${metric} is ${value}${unit} where ${target}${unit} is the target`;
}

/** The sentences of `target_tracking`, by code. */
export const TARGET_TRACKING_SENTENCES = {
  metrics_missing: ({ missing, others }: { readonly missing: string; readonly others: boolean }) =>
    others
      ? `${missing} is not known, so no server is removed on the word of the others.`
      : 'No metric of this policy is known, so it wishes for nothing.',

  within_tolerance: (reading: Reading) => `${seen(reading)}: within tolerance.`,
  held_by_unknown: (reading: Reading) =>
    `${seen(reading)}, counting servers that cannot be heard yet against the change: nothing changes.`,
  above_target: (reading: Reading, { after }) => `${seen(reading)}: ${after} servers would be on target.`,
  below_target: (reading: Reading, { after }) => `${seen(reading)}: ${after} servers would do.`,

  stabilised_up: ({ window_ms: ms, recommended, known, current }: Window, { after }) =>
    known
      ? `A recommendation of the last ${ms / 1000} s was as low as ${recommended}: up to ${after} only.`
      : `Nothing is known of the last ${ms / 1000} s, so they begin with ${current} servers: up to ${after} only.`,
  stabilised_down: ({ window_ms: ms, recommended, known, current }: Window, { after }) =>
    known
      ? `A recommendation of the last ${ms / 1000} s was as high as ${recommended}: down to ${after} only.`
      : `Nothing is known of the last ${ms / 1000} s, so they begin with ${current} servers: down to ${after} only.`,

  scale_up_rate: (_: undefined, { after }) => `The rules for scaling up allow ${after} servers now.`,
  scale_down_rate: (_: undefined, { after }) => `The rules for scaling down allow no fewer than ${after} servers now.`,
} satisfies Sentences;

export const step = stepMaker(TARGET_TRACKING_SENTENCES, 'target_tracking');
