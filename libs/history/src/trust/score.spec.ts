import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SeenDemand } from '#metrics';
import type { MadeForecast } from '#scaler';
import { scoreForecasts } from './score.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HORIZON = 3 * MINUTE;

/** One forecast a minute, always the same. */
function forecasts(
  minutes: number,
  quantiles: Record<string, number>,
  rest: Partial<MadeForecast> = {},
): MadeForecast[] {
  return Array.from({ length: minutes }, (_, minute) => ({
    at: minute * MINUTE,
    horizonMs: HORIZON,
    model: 'log_ratio_regression',
    quantiles,
    ...rest,
  }));
}

function demands(values: readonly number[], from = 0): SeenDemand[] {
  return values.map((demand, minute) => ({ at: (from + minute) * MINUTE, demand }));
}

const flat = (minutes: number, value: number): SeenDemand[] => demands(Array<number>(minutes).fill(value));

describe('scores of recorded forecasts', () => {
  it('have coverage, pinball loss and bias', () => {
    const [horizon] = scoreForecasts(forecasts(100, { '0.5': 9, '0.9': 10.5, '0.99': 12 }), flat(110, 10), HOUR);
    expect(horizon).toMatchObject({
      horizonMs: HORIZON,
      total: {
        settled: 100,
        coverage: { '0.5': 0, '0.9': 1, '0.99': 1 },
        // 0.5 x 1, 0.1 x 0.5, 0.01 x 2.
        pinball: { '0.5': 0.5, '0.9': 0.05, '0.99': 0.02 },
        bias: 1,
        reactive: 0,
      },
    });
    expect(horizon!.buckets.map(({ at, settled }) => [at, settled])).toEqual([
      [0, 60],
      [HOUR, 40],
    ]);
  });

  it('compare with the highest demand within the horizon, without the current step', () => {
    const values = Array<number>(20).fill(1);
    values[10] = 8;
    const [horizon] = scoreForecasts(forecasts(15, { '0.5': 2, '0.9': 2, '0.99': 2 }), demands(values), HOUR);
    // Forecasts of minutes 7, 8 and 9 should have predicted it.
    expect(horizon!.total.coverage['0.9']).toBeCloseTo(12 / 15, 4);
  });

  it('leave out forecasts whose horizon is not over, or has a gap', () => {
    expect(scoreForecasts(forecasts(10, { '0.5': 1 }), flat(5, 1), HOUR)[0]?.total.settled).toBe(2);
    expect(scoreForecasts(forecasts(10, { '0.5': 1 }), [], HOUR)).toEqual([]);
    const gap = [...flat(5, 1), ...demands(Array<number>(10).fill(1), 20)];
    // Of the forecasts of minutes 0 to 9 only two had all of their three steps observed.
    expect(scoreForecasts(forecasts(10, { '0.5': 1 }), gap, HOUR)[0]?.total.settled).toBe(2);
  });

  it('are grouped by horizon, shortest first, and by whether the forecast was used', () => {
    const mixed = [
      ...forecasts(30, { '0.5': 1 }, { horizonMs: 6 * MINUTE, model: 'reactive' }),
      ...forecasts(30, { '0.5': 1 }).map((one) => ({ ...one, at: one.at + 30 * MINUTE })),
    ];
    const scored = scoreForecasts(mixed, flat(80, 1), HOUR);
    expect(scored.map(({ horizonMs, total }) => [horizonMs, total.settled, total.reactive])).toEqual([
      [3 * MINUTE, 30, 0],
      [6 * MINUTE, 30, 1],
    ]);
  });

  it('of buckets add up to the total', () => {
    const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 10, maxLength: 200 });
    fc.assert(
      fc.property(values, (demand) => {
        const made = forecasts(demand.length, { '0.5': 30, '0.9': 60, '0.99': 90 });
        const [horizon] = scoreForecasts(made, demands(demand), 15 * MINUTE);
        const { total, buckets } = horizon!;
        expect(buckets.reduce((sum, { settled }) => sum + settled, 0)).toBe(total.settled);
        const covered = buckets.reduce((sum, { settled, coverage }) => sum + settled * coverage['0.9']!, 0);
        expect(covered / total.settled).toBeCloseTo(total.coverage['0.9']!, 3);
        expect(total.coverage['0.5']).toBeLessThanOrEqual(total.coverage['0.9']!);
        expect(total.coverage['0.9']).toBeLessThanOrEqual(total.coverage['0.99']!);
      }),
      { numRuns: 50 },
    );
  });
});
