import { describe, expect, it } from '@jest/globals';
import { estimateDemand, initialState, observe, settle, TARGET_TRACKING_DEFAULTS, tick } from '../src/index.js';
import type { Decision, Observation, Policy, Sample, Server } from '../src/index.js';
import { inputOf, INTERVAL_MS, START } from './scenario.js';

type Reading = Partial<Omit<Sample, 'serverId' | 'at'>> | null;

const GOOD = { cpu: 20, memory: 30, requestRate: 40 };

const POLICIES: Readonly<Record<string, Policy>> = {
  slo: { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' },
  target_tracking: {
    targetTracking: { ...TARGET_TRACKING_DEFAULTS, tolerance: 0.01, metrics: [{ metric: 'cpu', target: 90 }] },
    mode: 'act',
  },
  threshold: {
    threshold: {
      cpuHigh: 80,
      cpuLow: 70,
      memoryHigh: 80,
      memoryLow: 60,
      sustainedHighMs: 60_000,
      sustainedLowMs: 60_000,
      trendWindowMs: 0,
      spikePoints: 50,
      spikeWindowMs: 60_000,
      emergency: 99,
      scaleUpStep: 2,
      scaleDownStep: 1,
      emergencyStep: 4,
      cooldownUpMs: 60_000,
      cooldownDownMs: 60_000,
    },
    mode: 'act',
  },
};
const KINDS = Object.keys(POLICIES);

/** A cluster whose servers report what `readingsOf` returns; every request is granted at once. */
function play(
  policy: Policy,
  minutes: number,
  servers: number,
  readingsOf: (count: number) => readonly Reading[],
): { readonly decisions: readonly Decision[]; readonly seen: Observation } {
  let state = initialState();
  let learned: unknown;
  let count = servers;
  let seen: Observation | null = null;
  const decisions: Decision[] = [];
  for (let now = START; now < START + minutes * 60_000; now += INTERVAL_MS) {
    const fleet = Array.from({ length: count }, (_, index): Server => ({ id: `s${index}`, state: 'ACTIVE' }));
    const samples = readingsOf(count).flatMap((reading, index): Sample[] =>
      reading === null ? [] : [{ serverId: `s${index}`, at: now, ...GOOD, ...reading }],
    );
    const looked = observe({ now, intervalMs: INTERVAL_MS, servers: fleet, samples });
    const estimate = estimateDemand(looked, fleet, learned);
    ({ learned } = estimate);
    seen = estimate.observation;
    const { decision, state: next } = tick(
      inputOf({ active: count }, policy, state, now, { observation: seen, bounds: { min: 1, max: 500 } }),
    );
    state = settle(next, decision.desired - decision.reference, now);
    count = decision.desired;
    decisions.push(decision);
  }
  return { decisions, seen: seen! };
}

const counts = ({ decisions }: { readonly decisions: readonly Decision[] }): number[] =>
  decisions.map(({ desired }) => desired);

/** `full` of the servers at a given CPU, the rest at 20 %, however many there are. */
const uneven =
  (full: number, cpu = 130) =>
  (count: number): Reading[] =>
    Array.from({ length: count }, (_, index) => (index < full ? { cpu } : {}));

describe.each(KINDS)('partly full servers, under %s', (kind) => {
  const policy = POLICIES[kind]!;

  it('are not removed, regardless of the mean', () => {
    expect(Math.min(...counts(play(policy, 40, 10, uneven(5))))).toBeGreaterThanOrEqual(10);
  });

  it('do not cause endless scale-ups where a few stay full', () => {
    const all = counts(play(policy, 240, 10, uneven(3)));
    expect(Math.min(...all)).toBe(10);
    expect(Math.max(...all)).toBeLessThanOrEqual(12);
  });

  it('do not block all removals in a large cluster with one stuck server', () => {
    const { decisions } = play(policy, 40, 100, uneven(1, 100));
    expect(decisions.at(-1)!.desired).toBeLessThan(100);
    expect(Math.min(...counts({ decisions }))).toBeGreaterThanOrEqual(10);
  });

  it('do not cause an explosion where half of them stay full', () => {
    expect(Math.max(...counts(play(policy, 240, 10, uneven(5))))).toBeLessThanOrEqual(20);
  });
});

describe('a removal blocked by full servers', () => {
  it('has a step of its own', () => {
    const policy = POLICIES['target_tracking']!;
    const { decisions } = play(policy, 10, 10, uneven(1, 100));
    const step = decisions.at(-1)!.steps.find(({ code }) => code === 'servers_full');
    expect(step).toMatchObject({ stage: 'limit', after: 10, data: { full: 1, active: 10 } });
  });
});

describe.each(KINDS)('half of the servers silent, under %s', (kind) => {
  it.each([4, 5])('allows no removal: %i of 10', (silent) => {
    const readings = (count: number): Reading[] => Array.from({ length: count }, (_, i) => (i < silent ? null : {}));
    expect(Math.min(...counts(play(POLICIES[kind]!, 40, 10, readings)))).toBe(10);
  });
});

describe.each(KINDS)('a rejected field at CPU 95 %, under %s', (kind) => {
  it.each<[string, Reading]>([
    ['no request load', { cpu: 95, requestRate: null }],
    ['no memory', { cpu: 95, memory: null }],
    ['an absurd request load', { cpu: 95, requestRate: -1 }],
    ['a memory that is no number', { cpu: 95, memory: Number.NaN }],
    ['CPU above 100 %', { cpu: 104 }],
  ])('does not keep the cluster from scaling: %s', (_name, reading) => {
    const { decisions } = play(POLICIES[kind]!, 5, 10, (count) => Array<Reading>(count).fill(reading));
    expect(Math.max(...counts({ decisions }))).toBeGreaterThan(10);
  });
});

describe('the stated CPU while servers are pending', () => {
  it('is the measured value, without assumptions', () => {
    const policy: Policy = {
      targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
      mode: 'act',
    };
    const look = { active: 10, provisioning: 6, cpu: 96 };
    const { decision } = tick(inputOf(look, policy, initialState(), START));
    const proposed = decision.steps.find(({ policy: of }) => of === 'target_tracking');
    expect(proposed?.data).toMatchObject({ value: 96 });
    expect(decision.steps[0]!.data).toMatchObject({ cpu: 96 });
  });
});
