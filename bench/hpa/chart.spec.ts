import { describe, expect, it } from '@jest/globals';
import type { Score } from '#world';
import { chart, pointsOf, shareOfScale } from './chart.js';
import { hpaPolicy, SERVICE, SERVICE_BY_KEDA } from './policies.js';
import type { Row, Run } from './run.js';

const row = (trace: string, seed: number, target: number | null, violation: number, cost: number): Row => {
  const score = { violation, cost, actionsPerDay: 1 } as Score;
  return {
    trace,
    seed,
    policy: target === null ? SERVICE : hpaPolicy(target),
    target,
    nearTuned: false,
    score,
    replay: score,
  };
};

describe('the chart', () => {
  it('shows the mean of each policy over the seeds, HPAs by their target', () => {
    const rows = [
      row('a', 1, 80, 0.04, 10),
      row('a', 1, 50, 0, 20),
      row('a', 2, 80, 0.02, 14),
      row('a', 1, null, 0, 9),
      { ...row('a', 1, null, 0.01, 11), policy: SERVICE_BY_KEDA },
    ];
    expect(pointsOf(rows)).toEqual([
      { label: 'service level', isOurs: true, cost: 9, slow: 0 },
      { label: 'KEDA', isOurs: true, cost: 11, slow: 1 },
      { label: '50 %', isOurs: false, cost: 20, slow: 0 },
      { label: '80 %', isOurs: false, cost: 12, slow: 3 },
    ]);
  });

  it('has a panel for each trace, and points within it', () => {
    const rows = ['a', 'b', 'c'].flatMap((trace) => [row(trace, 1, null, 0.005, 9), row(trace, 1, 60, 1, 20)]);
    const svg = chart(
      ['a', 'b', 'c'].map((trace) => ({ trace, rows: rows.filter((one) => one.trace === trace) }) as unknown as Run),
    );
    expect(svg.match(/<g /g)).toHaveLength(3);
    const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
    expect(circles).toHaveLength(6);
    for (const [, x, y] of circles) {
      expect(Number(x)).toBeGreaterThan(50);
      expect(Number(x)).toBeLessThan(380);
      expect(Number(y)).toBeGreaterThanOrEqual(34);
      expect(Number(y)).toBeLessThanOrEqual(236);
    }
  });

  it.each([
    [0, 0],
    [0.1, 0.25],
    [1, 0.5],
    [5.5, 0.625],
    [100, 1],
  ])('%d %% of slow requests are %d of its height', (percent, share) => {
    expect(shareOfScale(percent)).toBeCloseTo(share);
  });
});
