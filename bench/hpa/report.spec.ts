import { describe, expect, it } from '@jest/globals';
import type { Score } from '#world';
import { doubtsOf, markdown, table } from './report.js';
import { hpaPolicy, SERVICE, SERVICE_BY_KEDA } from './policies.js';
import type { Row, Run } from './run.js';

const row = (target: number | null, violation: number, cost: number, actionsPerDay: number): Row => {
  const score = { violation, cost, actionsPerDay } as Score;
  const policy = target === null ? SERVICE : hpaPolicy(target);
  return { trace: 'web', seed: 1, policy, target, nearTuned: target === 60, score, replay: score };
};
const run = (change: Partial<Run> = {}): Run => ({
  trace: 'web',
  seeds: [1],
  startedAt: '2026-11-30T00:00:00.000Z',
  hours: 12,
  keda: null,
  hpaPace: { median: 1, p95: 1.1, longest: 1.4 },
  servicePace: { median: 0.67, p95: 0.7, longest: 1 },
  busy: { mean: 0.6, full: 0.1, load: 2 },
  serviceCpus: 0.2,
  failedActions: 0,
  leadSeconds: [105],
  rows: [row(null, 0.005, 90, 48), row(60, 0.01, 100, 24), row(80, 0.05, 70, 10)],
  ...change,
});

describe('the report', () => {
  it('has no doubts where the machine kept up', () => {
    expect(doubtsOf(run())).toEqual([]);
  });

  it.each([
    [{ busy: { mean: 1, full: 0.8, load: 20 } }, 'fully used in 80 %'],
    [{ hpaPace: { median: 1, p95: 1.6, longest: 4 } }, 'HPAs were late'],
    [{ hpaPace: null }, 'HPAs were late'],
    [{ servicePace: { median: 1, p95: 1.2, longest: 4 } }, 'service was late'],
    [{ leadSeconds: [120, 195] }, 'pods were late'],
    [{ keda: { calls: { answered: 90, failed: 10 }, deviations: [] } }, "KEDA's calls failed: 10 % of 100"],
  ])('marks a run as saturated for %j', (change, doubt) => {
    expect(doubtsOf(run(change))).toEqual([expect.stringContaining(doubt)]);
    expect(table([run(change)])).toContain(`saturated: `);
  });

  it('compares with the cheapest HPA that kept the promise, and says that it is less than a day', () => {
    const text = table([run()]);
    expect(text).toContain('less than a day');
    expect(text).toContain('kept the promise in 1 of the 1 runs');
    expect(text).toContain('median 0.90; actions: 2.00');
  });

  it('says how KEDA followed the service, and shows its row', () => {
    const rows = [...run().rows, { ...row(null, 0.004, 92, 46), policy: SERVICE_BY_KEDA }];
    const keda = { calls: { answered: 980, failed: 2 }, deviations: [{ above: 0.31, below: 1.24 }] };
    expect(doubtsOf(run({ rows, keda }))).toEqual([]);
    const text = table([run({ rows, keda })]);
    expect(text).toContain(
      'KEDA: 980 calls answered, 2 failed; its HPA wanted 0.3 server-hours above the count of the service, 1.2 below',
    );
    expect(text).toMatch(/slo by KEDA +1 +0\.40 +92\.0 +23/);
    expect(text).toContain('median 0.90; actions: 2.00');
    expect(markdown([run({ rows, keda })])).toContain(
      "| web | KEDA with the service's external scaler | 0.40 | 92 | 23 |",
    );
  });

  it('is a table of means for documents, broken promises in bold', () => {
    const lines = markdown([run()]).split('\n');
    expect(lines).toContain('| web | service level | 0.50 | 90 | 24 |');
    expect(lines).toContain('| web | HPA 60 % (tuned) | 1.00 | 100 | 12 |');
    expect(lines).toContain('| web | HPA 80 % | **5.00** | 70 | 5 |');
  });
});
