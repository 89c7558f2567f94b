import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Decision,
  initialState,
  type Policy,
  settle,
  TARGET_TRACKING_DEFAULTS,
  tick,
  type TickInput,
} from '#engine';
import { headlineOf } from '../apps/dashboard/src/layout/reason.js';
import { isProposal, type Row, waterfall } from '../apps/dashboard/src/cluster/waterfall.js';
import { numbersIn } from './support/golden.js';
import { inputOf, INTERVAL_MS, type Look, START } from '../libs/engine/test/scenario.js';

type Step = Decision['steps'][number];

const THRESHOLD = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 85,
  memoryLow: 40,
  sustainedHighMs: 10_000,
  sustainedLowMs: 20_000,
  trendWindowMs: 60_000,
  spikePoints: 30,
  spikeWindowMs: 30_000,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 20_000,
  cooldownDownMs: 30_000,
};
const PARTS = {
  slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: 3 },
  threshold: THRESHOLD,
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
} as const;
const KINDS = { slo: 'slo', threshold: 'threshold', targetTracking: 'target_tracking' } as const;

/** Every policy alone and together, acting, recommending and only forecasting. */
const policies = fc
  .record({
    names: fc.subarray(['slo', 'threshold', 'targetTracking'] as const),
    onlookers: fc.subarray(['slo', 'threshold', 'targetTracking'] as const),
    mode: fc.constantFrom('act', 'recommend'),
  })
  .map(({ names, onlookers, mode }): Policy => ({
    ...Object.fromEntries(names.map((name) => [name, PARTS[name]])),
    forecastOnly: onlookers.map((name) => KINDS[name]),
    mode,
  }));
const looks = fc
  .record({
    active: fc.nat({ max: 30 }),
    provisioning: fc.nat({ max: 5 }),
    cpu: fc.double({ min: 0, max: 100, noNaN: true }),
    silent: fc.nat({ max: 12 }),
  })
  .map(({ silent, ...look }): Look => ({ ...look, heard: Math.max(0, look.active - silent) }));
const count = fc.nat({ max: 30 });
/** What a tick may know beside its observation; most ticks have nothing of it. */
const rest = fc.record({
  reference: fc.option(count, { nil: undefined, freq: 3 }),
  floor: fc.option(count, { nil: undefined, freq: 3 }),
  hold: fc.option(
    count.map((desired) => ({ desired, until: START + 1e9, by: 'ada' })),
    { nil: null, freq: 3 },
  ),
  outerBounds: fc.option(
    count.map((min) => ({ by: 'HorizontalPodAutoscaler web', min, max: min + 5 })),
    { nil: null, freq: 3 },
  ),
  openWindows: fc.option(
    count.map((minServers) => [{ name: 'sale', minServers }]),
    { nil: undefined, freq: 3 },
  ),
});
const runs = fc.record({
  policy: policies,
  bounds: fc.tuple(count, count).map(([min, more]) => ({ min, max: min + more + 1 })),
  ticks: fc.array(fc.tuple(looks, rest), { minLength: 1, maxLength: 20 }),
});

function decisionsOf({ policy, bounds, ticks }: typeof runs extends fc.Arbitrary<infer T> ? T : never): Decision[] {
  let state = initialState();
  return ticks.map(([look, { reference, ...known }], index) => {
    const more = Object.fromEntries(Object.entries({ ...known, reference }).filter(([, value]) => value !== undefined));
    // Minutes, so that the service level learns with each of them.
    const now = START + index * 6 * INTERVAL_MS;
    const { decision, state: next } = tick(
      inputOf(look, policy, state, now, { bounds, ...(more as Partial<TickInput>) }),
    );
    state = settle(next, decision.desired - decision.reference, now);
    return decision;
  });
}

/** The bars of a waterfall: the first count, then changes. */
function sumOf(rows: readonly Row<Step>[]): number {
  return rows.reduce((sum, { bar }) => (bar === null ? sum : sum + bar.to - (bar.from ?? 0)), 0);
}

describe('the waterfall of any decision', () => {
  it('adds up from the listed to the desired count, and draws the counts that the steps state', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(runs, (run) => {
        for (const decision of decisionsOf(run)) {
          const rows = waterfall(decision.steps);
          const bars = rows.flatMap(({ bar }) => (bar === null ? [] : [bar]));
          expect(bars[0]).toEqual({ from: null, to: decision.listed });
          bars.slice(1).forEach(({ from }, index) => expect(from).toBe(bars[index]?.to));
          expect(sumOf(rows)).toBe(decision.desired);
          for (const { step, bar } of rows) {
            seen.add(`${step.stage}${bar === null ? ' aside' : ''}`);
            expect(bar ?? { from: step.before, to: step.after }).toEqual({ from: step.before, to: step.after });
          }
        }
      }),
      { numRuns: 300 },
    );
    const stages = ['propose', 'combine', 'stabilise', 'limit', 'hold', 'bound', 'mode', 'reference'];
    expect([...seen]).toEqual(expect.arrayContaining([...stages, 'forecast aside', 'propose aside']));
  });

  it('is below one headline: a sentence with at most two numbers', () => {
    fc.assert(
      fc.property(runs, (run) => {
        for (const { reason } of decisionsOf(run)) {
          const headline = headlineOf(reason);
          expect(`${numbersIn(headline)} in ${headline}`).toMatch(/^[0-2] in \S[^\n]*\.$/);
          expect(headline).not.toMatch(/\. [A-Z0-9]/);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('adds up for steps of any version', () => {
    const steps = fc.array(
      fc.record({
        stage: fc.constantFrom('observe', 'forecast', 'propose', 'limit', 'act'),
        before: fc.option(count),
        after: count,
        aside: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const rows = waterfall(all);
        const last = rows.findLast(({ bar }) => bar !== null);
        const sum = rows.reduce((total, { bar }) => (bar === null ? total : total + bar.to - (bar.from ?? 0)), 0);
        expect(sum).toBe(last?.step.after ?? 0);
        for (const { step, bar } of rows) expect(bar === null).toBe(step.aside || step.stage === 'forecast');
      }),
    );
  });

  it('has a count for each proposal that was not followed, and none for a forecast', () => {
    const [decision] = decisionsOf({
      policy: { slo: PARTS.slo, threshold: THRESHOLD, forecastOnly: ['slo'], mode: 'act' },
      bounds: { min: 1, max: 20 },
      ticks: [
        [
          { active: 4, cpu: 80 },
          { hold: null, outerBounds: null, reference: undefined, floor: undefined, openWindows: undefined },
        ],
      ],
    });
    const asides = waterfall(decision!.steps).filter(({ bar }) => bar === null);
    expect(asides.map(({ step }) => [step.code, isProposal(step)])).toEqual([
      ['lead_time', false],
      ['forecast', false],
      ['shadows', false],
      ['cold_start', true],
      ['forecast_only', true],
    ]);
  });
});
