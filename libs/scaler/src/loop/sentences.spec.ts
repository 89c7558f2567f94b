import { describe, expect, it } from '@jest/globals';
import { expectGolden } from '../../../../test/support/golden.js';
import { STATE_SENTENCES } from '../state/cluster-state.sentences.js';
import { CLEARED, RAISED, type RaisedCode, type RaisedData } from './alert.sentences.js';
import { WITHHELD_SENTENCES, type WithheldCode, type WithheldData } from './withheld.sentences.js';

const FINISHED = {
  action: 'SCALE_UP',
  desired: 16,
  servers_before: 4,
  servers_after: 4,
  error: 'HTTP 409, no capacity',
  refusal: 'no_capacity',
  retry_ms: 49_000,
} as const;
const BLOCKED = {
  by: 'HorizontalPodAutoscaler web',
  reason: 'it scales Deployment web between 2 and 10 replicas',
} as const;
const UNMET = {
  unmet: 1,
  needed: 5,
  allowed: 4,
  need: 'known',
  only_recommends: false,
  other: null,
  their_limit: null,
  their_limit_field: null,
} as const;
const WATCHED = {
  ...UNMET,
  only_recommends: true,
  other: 'HorizontalPodAutoscaler web',
  their_limit: 4,
  their_limit_field: 'maxReplicas',
} as const;
const OVERDUE = { servers: 2, longest_ms: 200_000, measured: 0, longest_measured_ms: 120_000, reason: null } as const;

const MISSED = {
  share: 0.0234,
  promised: 0.01,
  requests: 36_000,
  max_utilization: 0.9,
  minutes_judged: 58,
  minutes_above: 0,
} as const;

const raised: { readonly [Code in RaisedCode]: readonly RaisedData<Code>[] } = {
  provider_unreachable: [
    { error: 'HTTP 500', answered: false },
    { error: 'HTTP 404: no such cluster', answered: true },
  ],
  metrics_missing: [
    { error: 'no answer in time', active: 10, partial: false },
    { error: null, active: 10, partial: false },
    { error: 'query demand: no data', active: 10, partial: true },
  ],
  servers_silent: [
    { silent: 4, active: 10, metric: null },
    { silent: 4, active: 10, metric: 'cpu' },
  ],
  samples_refused: [
    { out_of_range: 3, fields: 'request_rate' },
    { stale: 2, duplicate: 1, fields: '' },
  ],
  saturated: [
    { full: 10, active: 10 },
    { full: 7, active: 10 },
  ],
  unmet_demand: [
    UNMET,
    { ...UNMET, need: 'at_least' },
    { ...UNMET, need: 'estimated' },
    { ...UNMET, only_recommends: true },
    WATCHED,
    { ...WATCHED, their_limit: 20 },
    { ...WATCHED, only_recommends: false, their_limit_field: null },
    { ...WATCHED, other: 'deployment 7', their_limit: null, their_limit_field: null },
  ],
  error_budget_spent: [{ spent: 0.53, promised: 0.01, burn_rate: 52.8 }],
  measured_missed: [
    MISSED,
    { ...MISSED, minutes_above: 12 },
    { ...MISSED, share: 0.0064, promised: 0.005, minutes_judged: 0 },
  ],
  scaling_failed: [
    FINISHED,
    { ...FINISHED, servers_after: 9, error: null, refusal: null, retry_ms: null },
    {
      ...FINISHED,
      action: 'SCALE_DOWN',
      desired: 2,
      servers_before: 10,
      servers_after: null,
      error: 'HTTP 409',
      refusal: 'conflict',
    },
    { ...FINISHED, error: 'the right is missing to patch deployments/scale', refusal: 'unauthorized' },
    { ...FINISHED, error: 'HTTP 404: there is no such group.', refusal: 'not_found' },
  ],
  servers_lost: [
    { lost: 1, desired: 10 },
    { lost: 8, desired: 10 },
  ],
  count_contested: [{ desired: 14, changes: 3 }],
  servers_overdue: [
    OVERDUE,
    { ...OVERDUE, servers: 1, measured: 14, longest_measured_ms: 61_000 },
    { ...OVERDUE, reason: '0/3 nodes are available: 3 Insufficient cpu.' },
  ],
  large_change: [
    { by: 'bounds', from: 100, to: 20, undoable: true },
    { by: 'hold', from: 10, to: 40, undoable: true },
    { by: 'bounds', from: 12, to: 4, undoable: false },
  ],
  drift: [
    { from: 10, to: 7, by: null },
    { from: 10, to: 7, by: 'argocd-controller' },
  ],
  target_blocked: [BLOCKED],
  lease_not_renewed: [{ error: 'no answer in time', objects: 'HorizontalPodAutoscaler web' }],
  on_journal: [{ desired: 5 }],
  tick_failed: [{ error: 'connection reset' }],
  budget_burning: [{ burn_rate: 3.14 }],
};

const BACKING_OFF = {
  waits_for: 'consent',
  failures: 1,
  missing: 0,
  reference: 4,
  remaining_ms: 48_200,
  error: null,
  refusal: null,
} as const;

const withheld: { readonly [Code in WithheldCode]: readonly WithheldData<Code>[] } = {
  provider_unreachable: [
    { error: 'HTTP 500', answered: false },
    { error: 'HTTP 404: no such cluster', answered: true },
  ],
  paused: [
    { current: 10, desired: 12 },
    { current: 10, desired: 10 },
  ],
  frozen: [
    { by: 'ada', why: 'wrong metrics' },
    { by: 'ada', why: null },
  ],
  removal_waits: [{ removed: 3 }],
  removals_held: [{ removed: 3, clusters: 12 }],
  blocked: [BLOCKED],
  backing_off: [
    BACKING_OFF,
    { ...BACKING_OFF, failures: 3, error: 'HTTP 409, no capacity', refusal: 'no_capacity' },
    { ...BACKING_OFF, error: 'another change is under way.', refusal: 'conflict' },
    { ...BACKING_OFF, waits_for: 'delivery', missing: 4, reference: 16 },
  ],
  cluster_retired: [undefined],
  database_unreachable: [undefined],
  journaled: [undefined],
};

function rendered<Code extends string>(
  sentences: Readonly<Record<Code, (data: never) => string>>,
  examples: { readonly [C in Code]: readonly unknown[] },
): Map<string, string[]> {
  return new Map(
    Object.entries<(data: never) => string>(sentences).map(([code, say]) => [
      code,
      (examples[code as Code] ?? []).map((data) => say(data as never)),
    ]),
  );
}

const states = {
  error: [undefined],
  silent: [undefined],
  promise_broken: [
    { spent: 0.53, promised: 0.01 },
    { spent: 0.0064, promised: 0.005 },
  ],
};

const SUBJECTS = [
  ['alerts', rendered(RAISED, raised)],
  ['cleared-alerts', new Map(Object.entries(CLEARED).map(([code, sentence]) => [code, [sentence]]))],
  ['states', rendered(STATE_SENTENCES, states)],
  ['withheld-decisions', rendered(WITHHELD_SENTENCES, withheld)],
] as const;

describe('the sentences', () => {
  it.each(SUBJECTS)('of %s match the golden file', (subject, golden) => {
    expectGolden(new URL(`../../test/golden/${subject}.txt`, import.meta.url), golden);
  });

  it.each(SUBJECTS)('of %s exist for every code and carry its numbers', (_subject, golden) => {
    for (const [code, sentences] of golden) {
      expect([code, sentences.length]).not.toEqual([code, 0]);
      for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|NaN|null|\[object/);
    }
  });
});
