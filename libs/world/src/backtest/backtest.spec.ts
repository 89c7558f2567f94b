import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Policy, TARGET_TRACKING_DEFAULTS } from '#engine';
import { backtest, type BacktestReport, type BacktestRequest, promiseOf } from './backtest.js';
import { unplayable } from './engine-policy.js';
import type { ExplainedRow } from './timeline.js';

const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };
const HPA: Policy = {
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
  mode: 'act',
};

function demandOfHours(hours: number): Float64Array {
  return Float64Array.from(
    { length: 60 * hours },
    (_, tick) => 8 + 6 * Math.sin(tick / 90) + ((tick * 7919) % 17) / 17,
  );
}

function request(change: Partial<BacktestRequest> = {}): BacktestRequest {
  return {
    demand: demandOfHours(12),
    tickSeconds: 60,
    provisionSeconds: 120,
    min: 1,
    max: 100,
    startAt: Date.UTC(2026, 0, 5),
    noise: 0.02,
    seed: 1,
    promise: { violations: 0.01, maxUtilization: 0.9 },
    policies: [{ name: 'mine', policy: SLO }],
    compare: [],
    frontier: [],
    timelinePoints: 100,
    ...change,
  };
}

function play(of: BacktestRequest, onTick?: (name: string, row: ExplainedRow) => void) {
  const run = backtest(of, { openWindows: () => [], ...(onTick === undefined ? {} : { onTick }) });
  const progress: number[] = [];
  for (;;) {
    const step = run.next();
    if (step.done === true) return { report: step.value, progress };
    progress.push(step.value);
  }
}

function rowOf(report: BacktestReport, name: string) {
  return report.rows.find((row) => row.name === name)!;
}

describe('a backtest', () => {
  it('plays policies, baselines, promises and the oracle side by side, and reports progress', () => {
    const { report, progress } = play(
      request({
        // Half a day is too short for a promise to matter: until then the cold start decides.
        demand: demandOfHours(24),
        compare: ['hpa', 'trailing', 'hindsight'],
        frontier: [0.001, 0.05],
        policies: [
          { name: 'mine', policy: SLO },
          { name: 'theirs', policy: HPA },
        ],
      }),
    );
    expect(report.rows.map(({ kind }) => kind)).toEqual([
      'policy',
      'policy',
      'baseline',
      'baseline',
      'frontier',
      'frontier',
      'hindsight',
      'hindsight',
      'oracle',
    ]);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    // Also within a contestant.
    expect(progress.length).toBeGreaterThan(report.rows.length);
    expect(rowOf(report, 'oracle')).toMatchObject({ costToOracle: 1, kept: true });
    for (const row of report.rows) expect(row.kept).toBe(row.score.violation <= (row.promised ?? 0.01));
    const [dear, cheap] = report.rows.filter(({ kind }) => kind === 'frontier');
    expect(dear!.score.cost).toBeGreaterThan(cheap!.score.cost);
  });

  it('judges each policy by the share that it promises itself, where the same requests count', () => {
    const own = (violations: number, maxUtilization: number): Policy => ({
      slo: { violations, maxUtilization, maxActionsPerDay: null },
      mode: 'act',
    });
    const policies = [
      { name: 'first', policy: own(0.01, 0.9) },
      { name: 'never', policy: own(1e-9, 0.9) },
      { name: 'other requests', policy: own(1e-9, 0.5) },
      { name: 'tracking', policy: HPA },
    ];
    const { report } = play(request({ demand: demandOfHours(24), policies }));
    const promised = policies.map(({ name }) => rowOf(report, name).promised);
    expect(promised).toEqual([undefined, 1e-9, undefined, undefined]);
    const { score, kept } = rowOf(report, 'never');
    expect(score.violation).toBeGreaterThan(1e-9);
    expect(kept).toBe(false);
  });

  it('plays target tracking on CPU like the HPA baseline', () => {
    const { report } = play(request({ policies: [{ name: 'mine', policy: HPA }], compare: ['hpa'] }));
    expect(rowOf(report, 'mine').score).toEqual(rowOf(report, 'hpa 60 %').score);
  });

  it('reports every tick, and is deterministic for a seed', () => {
    const ticks: ExplainedRow[] = [];
    const { report } = play(request(), (_name, row) => ticks.push(row));
    expect(ticks).toHaveLength(720);
    for (const { active, provisioning, desired, action, reason, upper } of ticks) {
      const current = active + provisioning;
      expect(upper).toBeGreaterThan(0);
      expect(desired).toBeGreaterThanOrEqual(1);
      expect(desired).toBeLessThanOrEqual(100);
      expect(action).toBe(desired > current ? 'SCALE_UP' : desired < current ? 'SCALE_DOWN' : 'MAINTAIN');
      expect(reason).not.toBe('');
    }
    expect(play(request()).report).toEqual(report);
  });

  it('reports within a minute the plan that the minute started with', () => {
    const ticks: ExplainedRow[] = [];
    play(request({ tickSeconds: 10, demand: demandOfHours(12) }), (_name, row) => ticks.push(row));
    const uppers = ticks.map(({ upper }) => upper!);
    expect(Math.min(...uppers)).toBeGreaterThan(0);
    expect(new Set(uppers).size).toBeGreaterThan(60);
    const changes = ticks.filter((_, index) => index > 0 && uppers[index] !== uppers[index - 1]);
    // A tick is decided at its end.
    expect(new Set(changes.map(({ tick }) => (tick + 1) % 6))).toEqual(new Set([0]));
  });

  it('carries out a recommend-only policy, and applies the windows of its schedule', () => {
    const opened: number[] = [];
    const run = backtest(request({ policies: [{ name: 'mine', policy: { ...SLO, mode: 'recommend' } }] }), {
      openWindows: (_policy, at) => {
        opened.push(at);
        return [{ name: 'always', minServers: 50 }];
      },
    });
    let step = run.next();
    while (step.done !== true) step = run.next();
    expect(opened[0]).toBe(Date.UTC(2026, 0, 5, 0, 1));
    expect(Math.min(...step.value.rows[0]!.timeline!.slice(1).map(({ active }) => active))).toBe(50);
  });

  it('reduces a run to a limited number of points, each the worst of its ticks', () => {
    const ticks: ExplainedRow[] = [];
    const [mine] = play(request({ timelinePoints: 50 }), (_name, row) => ticks.push(row)).report.rows;
    const points = mine!.timeline!;
    expect(points.length).toBeLessThanOrEqual(50);
    expect(Math.max(...points.map(({ demand }) => demand))).toBe(Math.max(...ticks.map(({ demand }) => demand)));
    expect(Math.min(...points.map(({ active }) => active))).toBe(Math.min(...ticks.map(({ active }) => active)));
    const provisioning = (of: readonly { readonly provisioning: number }[]) =>
      Math.max(...of.map((one) => one.provisioning));
    expect(provisioning(points)).toBe(provisioning(ticks));
    expect(points.some(({ bad }) => bad)).toBe(ticks.some(({ demand, active }) => demand > 0.9 * active + 1e-9));
  });

  it('is causal and deterministic', () => {
    const demand = demandOfHours(30);
    const decisions = (of: Float64Array) => {
      const rows: Pick<ExplainedRow, 'desired' | 'reason' | 'upper'>[] = [];
      play(request({ demand: of }), (_name, { desired, reason, upper }) => rows.push({ desired, reason, upper }));
      return rows;
    };
    const asItWas = decisions(demand);
    fc.assert(
      // All experts compete after half a day, and a season is known after a day.
      fc.property(fc.integer({ min: 700, max: 1790 }), fc.double({ min: 0, max: 80, noNaN: true }), (cut, later) => {
        const changed = demand.map((value, tick) => (tick > cut ? later : value));
        expect(decisions(changed).slice(0, cut + 1)).toEqual(asItWas.slice(0, cut + 1));
      }),
      { numRuns: 8 },
    );
    expect(decisions(demand)).toEqual(asItWas);
  });

  it('is scored by the first service level among its policies', () => {
    const strict: Policy = { ...SLO, slo: { violations: 0.002, maxUtilization: 0.8, maxActionsPerDay: 4 } };
    const named = (policy: Policy) => ({ name: 'one', policy });
    expect(promiseOf([named(HPA), named(strict), named(SLO)])).toEqual({ violations: 0.002, maxUtilization: 0.8 });
    expect(promiseOf([named(HPA)])).toEqual({ violations: 0.01, maxUtilization: 0.9 });
  });

  it('detects what it cannot play', () => {
    expect(unplayable(SLO)).toBeNull();
    expect(unplayable(HPA)).toBeNull();
    const memory: Policy = {
      ...HPA,
      targetTracking: { ...HPA.targetTracking!, metrics: [{ metric: 'memory', target: 60 }] },
    };
    expect(unplayable(memory)).toContain('memory');
  });
});
