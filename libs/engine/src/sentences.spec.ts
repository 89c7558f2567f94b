import { describe, expect, it } from '@jest/globals';
import { expectGolden, numbersIn } from '../../../test/support/golden.js';
import { DECISION_SENTENCES } from './decide/sentences.js';
import { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
import { TARGET_TRACKING_SENTENCES } from './policies/target-tracking.sentences.js';
import { THRESHOLD_SENTENCES } from './policies/threshold.sentences.js';
import { type ServiceLevelReport, summarise } from './index.js';
import { headlineOf } from './words.js';
import { type FollowedData, SLO_SENTENCES } from './slo/sentences.js';
import { Scenario } from '../test/scenario.js';

/** A step: its counts and its data. */
type Example<Data> = readonly [before: number, after: number, data: Data];
type Sentence<Data> = (data: Data, counts: { readonly before: number; readonly after: number }) => string;
type Examples<S extends Record<string, (data: never, counts: never) => string>> = {
  readonly [Code in keyof S]: readonly Example<Parameters<S[Code]>[0]>[];
};

/** The sentences of all codes for the examples. */
function rendered<S extends Record<string, (data: never, counts: never) => string>>(
  sentences: S,
  examples: Examples<S>,
): Map<string, string[]> {
  return new Map(
    Object.entries(sentences).map(([code, sentence]) => {
      const known = (examples[code] ?? []) as readonly Example<unknown>[];
      const say = sentence as Sentence<unknown>;
      return [code, known.map(([before, after, data]) => say(data, { before, after }))];
    }),
  );
}

const SEEN = {
  active: 10,
  provisioning: 2,
  draining: 0,
  reporting: 9,
  cpu: 70.71,
  memory: 41.2,
  request_rate: 812.5,
  demand: 7.07,
  bottleneck: null,
  saturated: false,
  full: 0,
  warming: 0,
  staleness_ms: 4000,
} as const;

const decisions: Examples<typeof DECISION_SENTENCES> = {
  seen: [
    [12, 12, SEEN],
    [12, 12, { ...SEEN, provisioning: 0, memory: null, bottleneck: 'memory', warming: 3 }],
    [12, 12, { ...SEEN, bottleneck: 'work', demand: 13.4 }],
    [2, 2, { ...SEEN, active: 2, reporting: 0, cpu: null, memory: null, bottleneck: 'work', demand: 4 }],
  ],
  saturated: [[12, 12, { ...SEEN, saturated: true, cpu: 99.59, full: 9, demand: 9.96 }]],
  no_metrics: [
    [12, 12, { ...SEEN, reporting: 0, cpu: null, memory: null, demand: null, provisioning: 0 }],
    [0, 0, { ...SEEN, active: 0, reporting: 0, cpu: null, memory: null, demand: null, provisioning: 2 }],
  ],
  fewer_listed: [
    [9, 10, { listed: 9, reference: 10 }],
    [2, 10, { listed: 2, reference: 10 }],
  ],
  more_listed: [[11, 10, { listed: 11, reference: 10 }]],
  replace_lost: [[10, 10, { listed: 2, reference: 10, lost: 8 }]],
  ask_again: [[10, 10, { listed: 9, reference: 10, lost: 0 }]],
  highest: [[12, 12, { slo: 12, threshold: 8 }]],
  forecast_only: [
    [10, 12, { policy: 'slo', desired: 12 }],
    [10, 12, { window: 'sale', min_servers: 12, max_servers: 20 }],
    [10, 8, { window: 'night', min_servers: null, max_servers: 8 }],
  ],
  recommend_only: [[12, 12, { reference: 10 }]],
  servers_missing: [
    [6, 10, { listed: 9, reference: 10 }],
    [6, 10, { listed: 2, reference: 10 }],
  ],
  metrics_not_fresh: [[6, 10, { metric: 'cpu', reporting: 4, active: 10 }]],
  metrics_partial: [[6, 10, undefined]],
  metrics_late: [[6, 10, { late_ms: 240_000 }]],
  servers_full: [
    [2, 10, { full: 1, active: 12 }],
    [2, 12, { full: 4, active: 12 }],
  ],
  idle: [[1, 0, { idle_ms: 312_000 }]],
  stranded_at_zero: [[0, 1, undefined]],
  zero_without_signal: [[0, 1, undefined]],
  offered_at_zero: [[0, 3, { request_rate: 240.41 }]],
  work_at_zero: [[0, 3, { work: 27 }]],
  held_by_hand: [[10, 8, { by: 'ada', remaining_ms: 7_092_000 }]],
  undone: [[3, 12, { by: 'ada', from: 12, to: 3 }]],
  restored: [[4, 12, { count: 12, window_ms: 300_000 }]],
  in_steps: [[20, 80, { reference: 100, target: 20 }]],
  not_below_asked: [[12, 16, undefined]],
  bounds_conflict: [
    [10, 10, { window: 'sale', asked: 50, from: 'max_servers', bound: 12 }],
    [10, 10, { window: 'night', asked: 1, from: 'min_servers', bound: 2 }],
  ],
  raised_to_min: [
    [1, 2, { bound: 2, from: 'min_servers' }],
    [4, 8, { bound: 8, from: 'the window "sale"' }],
  ],
  cut_to_max: [
    [15, 12, { bound: 12, from: 'max_servers', asked: true, need: 'known' }],
    [15, 12, { bound: 12, from: 'max_servers', asked: true, need: 'at_least' }],
    [15, 12, { bound: 12, from: 'max_servers', asked: true, need: 'estimated' }],
    [15, 12, { bound: 12, from: 'the window "night"', asked: false, need: 'known' }],
  ],
};

const CPU = { metric: 'cpu', value: 68.335, target: 60, ratio: 1.139, counted: 10, servers: 10 } as const;
const RATE = { metric: 'request_rate', value: 112.409, target: 100, ratio: 1.124, counted: 9, servers: 10 } as const;
const WINDOW = { window_ms: 300_000, recommended: 320, watched_ms: null, current: 340 } as const;

const targetTracking: Examples<typeof TARGET_TRACKING_SENTENCES> = {
  metrics_missing: [
    [10, 10, { missing: 'cpu', others: false }],
    [10, 10, { missing: 'cpu,memory', others: true }],
  ],
  within_tolerance: [[10, 10, { ...CPU, value: 61.02, ratio: 1.017 }]],
  held_by_unknown: [[10, 10, { ...CPU, counted: 7 }]],
  above_target: [
    [10, 12, CPU],
    [10, 12, RATE],
  ],
  below_target: [[10, 4, { ...CPU, value: 21.7, ratio: 0.362 }]],
  stabilised_up: [
    [20, 12, { ...WINDOW, recommended: 12, current: 10 }],
    [20, 10, { ...WINDOW, recommended: 8, current: 10 }],
    [20, 10, { ...WINDOW, recommended: 10, current: 10, watched_ms: 30_000 }],
  ],
  stabilised_down: [
    [200, 320, WINDOW],
    [200, 340, { ...WINDOW, recommended: 340, watched_ms: 0 }],
    [200, 320, { ...WINDOW, recommended: 340, watched_ms: 15_000 }],
  ],
  scale_up_rate: [[30, 20, undefined]],
  scale_down_rate: [[10, 18, undefined]],
};

const BOTH = { cpu: 21.1, memory: 25.9, cpu_threshold: 30, memory_threshold: 30 } as const;
const HIGH = { found: 'above', cpu: 86.2, memory: 41, cpu_threshold: 80, memory_threshold: 85 } as const;
const LOW = { found: 'below', ...BOTH } as const;
const LONG = { sustained_ms: 310_000, required_ms: 300_000 };
const SHORT = { sustained_ms: 20_000, required_ms: 300_000 };

const threshold: Examples<typeof THRESHOLD_SENTENCES> = {
  metrics_missing: [[10, 10, undefined]],
  emergency: [[10, 14, { found: 'emergency', cpu: 97.2, memory: null, threshold: 95 }]],
  spike: [[10, 12, { found: 'spike', cpu: 71.4, rise: 52.3, window_ms: 60_000 }]],
  normal: [
    [10, 10, { found: 'between', cpu: 55.5, memory: 40 }],
    [10, 10, { found: 'memory_unknown', cpu: 20 }],
  ],
  high_not_sustained: [
    [10, 10, { ...HIGH, ...SHORT }],
    [10, 10, { found: 'rising', cpu: 61, cpu_threshold: 80, window_ms: 300_000, ...SHORT }],
  ],
  high: [
    [10, 12, { ...HIGH, ...LONG }],
    [10, 12, { found: 'rising', cpu: 61, cpu_threshold: 80, window_ms: 300_000, ...LONG }],
  ],
  low_not_sustained: [[10, 10, { ...LOW, ...SHORT }]],
  low: [
    [10, 9, { ...LOW, ...LONG, step_would_add: false }],
    [10, 9, { ...LOW, memory: null, ...LONG, step_would_add: true }],
    [10, 9, { found: 'cpu_below', ...BOTH, memory: 60, memory_from_load: 12.2, ...LONG, step_would_add: false }],
    [10, 9, { found: 'cpu_below', ...BOTH, memory: 60, memory_from_load: null, ...LONG, step_would_add: false }],
  ],
  still_provisioning: [[12, 12, LOW]],
  removal_would_add: [
    [2, 2, { found: 'above', cpu: 90, memory: 40, cpu_threshold: 80, memory_threshold: 85, projected_servers: 1 }],
  ],
  cooldown_up: [[12, 10, { elapsed_ms: 40_000, cooldown_ms: 180_000 }]],
  cooldown_down: [[8, 10, { elapsed_ms: 40_000, cooldown_ms: 300_000 }]],
};

const LEAD = { lead_seconds: 120, lead_seconds_planned: 120, horizon_minutes: 3 } as const;
const MEASURED = {
  ...LEAD,
  lead_time_source: 'measured',
  lead_time_count: 14,
  lead_time_quantile: 0.9,
  lead_time_planned_ms: 101_000,
  lead_time_p50_ms: 61_000,
  lead_time_max_ms: 101_000,
} as const;
const FORECAST = {
  demand: 6.701,
  utilization: 0.61,
  horizon_minutes: 3,
  new_step: true,
  at_least: false,
  'quantile_0.5': 7.5,
  'quantile_0.99': 8.801,
  model_state: 'trusted',
  'coverage_0.5': 0.5,
  'coverage_0.9': 0.91,
  'coverage_0.99': 0.99,
  bias: 0.1,
  skill: 0.2,
  predictable: true,
  demoted: false,
} as const;
const FOLLOWED: FollowedData = {
  level: 0.9959,
  highest_demand: 9.9,
  price: 16,
  aim: 0.0075,
  followed: 'forecast at price 16',
  ground: 'keeps_it',
  chosen_among: 'all',
  towards_thriftier: 0,
  room: 0,
  budget_promised: 0.01,
  budget_spent: 0.002,
  budget_left: 0.8,
  budget_saved: 0.25,
  burn_rate: 0.4,
};
const COLD = { ...FOLLOWED, followed: 'highest of 15 min + 30 %', chosen_among: 'reactive', room: 0.08 } as const;
const follows = (change: Partial<FollowedData>) => [10, 11, { ...FOLLOWED, ...change }] as const;

const slo: Examples<typeof SLO_SENTENCES> = {
  metrics_missing: [[10, 10, undefined]],
  lead_time: [
    [10, 10, { ...LEAD, lead_time_source: 'given' }],
    [10, 10, { ...LEAD, lead_time_source: 'assumed' }],
    [10, 10, MEASURED],
    [10, 10, { ...MEASURED, lead_seconds_measured: 60 }],
    [10, 10, { ...MEASURED, lead_time_planned_ms: 120_000 }],
    [10, 10, { ...MEASURED, lead_time_planned_ms: 2700 }],
    [
      10,
      10,
      {
        ...MEASURED,
        lead_seconds: 7200,
        lead_seconds_planned: 1800,
        horizon_minutes: 31,
        lead_time_planned_ms: 7_092_000,
      },
    ],
  ],
  forecast: [
    [10, 11, FORECAST],
    [10, 11, { ...FORECAST, new_step: false, predictable: false }],
    [10, 11, { ...FORECAST, demand: 9.71, at_least: true }],
  ],
  saturated: [[10, 40, { ...FORECAST, demand: 10 }]],
  demoted: [[10, 10, { coverage: 0.712 }]],
  trusted_again: [[10, 10, { coverage: 0.826 }]],
  forecast_bounded: [[10, 10, { most_demand: 43.21, most_servers: 49 }]],
  shadows: [[10, 10, { shadow_hpa: 12, shadow_aws: 13, shadow_nomad: 11, shadow_azure: 12, shadow_trailing: 9 }]],
  cold_start: [[10, 11, { ...COLD, ground: 'cold_start' }]],
  cold_start_cheapest: [[10, 11, { ...COLD, ground: 'cold_start_cheapest' }]],
  cold_start_none_spotless: [[10, 11, { ...COLD, ground: 'cold_start_none_spotless' }]],
  follows_forecast: [
    follows({}),
    follows({ ground: 'keeps_it_in_family', towards_thriftier: 0.4 }),
    follows({ chosen_among: 'forecasts', level: null }),
  ],
  follows_trailing: [follows({ followed: 'highest of 30 min + 20 %' })],
  follows_hpa: [follows({ followed: 'HPA at 17.5 %', budget_saved: -0.7 })],
  forecast_demoted: [follows({ followed: 'HPA at 60 %', chosen_among: 'reactive' })],
  too_dear_to_keep: [follows({ ground: 'too_dear_to_keep' })],
  none_keeps_it: [follows({ ground: 'none_keeps_it' })],
  outgrown: [
    [10, 13, { demand: 11.04, saturated: false, factor: null, max_utilization: 0.9 }],
    [10, 40, { demand: 10, saturated: true, factor: 4, max_utilization: 0.9 }],
  ],
  grows_out_of_saturation: [[11, 40, { demand: 10, factor: 4 }]],
  stabilised_down: [
    [8, 12, { highest_wish: 12, minutes: 5, watched_ms: null, current: 12 }],
    [8, 12, { highest_wish: 15, minutes: 5, watched_ms: null, current: 12 }],
    [8, 12, { highest_wish: 12, minutes: 5, watched_ms: 60_000, current: 12 }],
  ],
  kept_in_saturation: [[8, 12, { demand: 10, total: 12 }]],
  churn: [
    [9, 10, { gain: 0.21, least_gain: 0.3, price: 16 }],
    [9, 10, { gain: 1, least_gain: 1.2, price: 0 }],
  ],
  outgrown_kept: [[9, 13, { minutes: 5, current: 13 }]],
  kept_within_minute: [[9, 10, undefined]],
  max_actions_per_day: [[9, 50, { changes: 12, allowed: 12 }]],
};

const REPORT: ServiceLevelReport = {
  at: 0,
  state: 'trusted',
  since: 0,
  stepSeconds: 60,
  leadSeconds: 120,
  budget: { promised: 0.01, spent: 0.002, left: 0.25, burnRate: 0.4 },
  trust: {
    coverage: { '0.5': 0.5, '0.9': 0.912, '0.99': 0.99 },
    pinball: { '0.5': 1, '0.9': 1, '0.99': 1 },
    bias: 0.1,
    settled: 1000,
    demoted: false,
    skill: 0.213,
    predictable: true,
    horizons: [],
  },
};
const trusted = (change: Partial<ServiceLevelReport['trust']>, state: ServiceLevelReport['state'] = 'trusted') =>
  summarise({ ...REPORT, state, trust: { ...REPORT.trust, ...change } });

/** Sentences about how far a cluster's forecasts can be trusted. */
const trust = new Map([
  ['unknown', [summarise(null)]],
  ['learning', [trusted({ settled: 120 }, 'learning')]],
  ['demoted', [trusted({ coverage: { ...REPORT.trust.coverage, '0.9': 0.712 } }, 'demoted')]],
  ['trusted', [trusted({}), trusted({ skill: null })]],
  ['unpredictable', [trusted({ predictable: false, skill: 0.01 })]],
]);

const TRACKING = { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] } as const;
const SLO = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } as const;

/** Whole reasons of decisions: the last limit first, then what it limited. */
function whole(): Map<string, string[]> {
  const ticked = [
    new Scenario({ targetTracking: TRACKING, mode: 'act' }).tick({ active: 10, cpu: 68.335 }),
    new Scenario({ targetTracking: TRACKING, mode: 'act' }).tick({ active: 10, cpu: 20 }),
    new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds: { min: 2, max: 12 } }).tick({
      active: 10,
      cpu: 90,
    }),
    new Scenario({ targetTracking: TRACKING, mode: 'act' }).tick({ active: 10, cpu: 20 }, { reference: 12 }),
    new Scenario({ slo: SLO, mode: 'act' }).tick({ active: 10, cpu: 67 }),
    new Scenario({ slo: SLO, mode: 'act' }).ticks(2, { active: 10, cpu: 67 }),
    new Scenario({ slo: SLO, mode: 'act' }).ticks(37, { active: 10, cpu: 20 }),
    new Scenario({ slo: SLO, mode: 'act' }).tick({ active: 10, cpu: 100 }),
    new Scenario({ slo: SLO, mode: 'act' }, { bounds: { min: 1, max: 12 } }).tick({ active: 10, cpu: 88 }),
    new Scenario({ slo: SLO, mode: 'act' }, { bounds: { min: 1, max: 12 } }).tick({ active: 10, cpu: 100 }),
    new Scenario({ targetTracking: TRACKING, mode: 'act' }, { bounds: { min: 2, max: 12 } }).tick({
      active: 10,
      cpu: 100,
    }),
    new Scenario({ slo: SLO, mode: 'act' }).ticks(37, { active: 10, cpu: 20, heard: 4 }),
    new Scenario({ mode: 'act' }).tick({ active: 10 }),
  ];
  const byCode = new Map<string, string[]>();
  for (const { code, reason } of ticked) byCode.set(code, [...(byCode.get(code) ?? []), reason]);
  return byCode;
}

/** Codes of steps that are never the last one of a decision; their sentences are no headline. */
const NO_HEADLINE: readonly string[] = [
  'seen',
  'saturated',
  'no_metrics',
  'fewer_listed',
  'more_listed',
  'highest',
  'forecast_only',
  'bounds_conflict',
  'lead_time',
  'forecast',
  'demoted',
  'trusted_again',
  'forecast_bounded',
  'shadows',
  ...Object.keys(SLO_SENTENCES).filter((code) =>
    /^(cold_start|follows_|forecast_demoted|too_dear|none_keeps)/.test(code),
  ),
];

const SUBJECTS = [
  ['decisions', rendered(DECISION_SENTENCES, decisions)],
  ['target-tracking', rendered(TARGET_TRACKING_SENTENCES, targetTracking)],
  ['threshold', rendered(THRESHOLD_SENTENCES, threshold)],
  ['slo', rendered(SLO_SENTENCES, slo)],
  ['trust', trust],
  ['whole-decisions', whole()],
] as const;

describe('the sentences', () => {
  it.each(SUBJECTS)('of %s match the golden file', (subject, golden) => {
    expectGolden(new URL(`../test/golden/${subject}.txt`, import.meta.url), golden);
  });

  it.each(SUBJECTS.filter(([subject]) => subject !== 'trust'))(
    'of %s have one headline, with at most two numbers and 25 words',
    (subject, golden) => {
      for (const [code, sentences] of golden) {
        if (subject !== 'whole-decisions' && NO_HEADLINE.includes(code)) continue;
        for (const headline of sentences.map(headlineOf)) {
          expect(`${numbersIn(headline)}: ${headline}`).toMatch(/^[0-2]: /);
          expect(headline).not.toMatch(/\. [A-Z0-9]/);
          expect(headline.split(' ').length).toBeLessThanOrEqual(25);
        }
      }
    },
  );

  it.each(SUBJECTS)('of %s exist for every code, complete and with their numbers', (_subject, golden) => {
    for (const [code, sentences] of golden) {
      expect([code, sentences.length]).not.toEqual([code, 0]);
      for (const sentence of sentences) {
        expect(sentence).toMatch(/^\S.*\.(\n\S.*\.)?$/);
        expect(sentence).not.toMatch(/undefined|NaN|null|\[object/);
      }
    }
  });
});
