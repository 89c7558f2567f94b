import { describe, expect, it } from '@jest/globals';
import { held } from './held.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const START = Date.UTC(2026, 0, 5, 12);
const times = (offsets: readonly number[]): string[] => offsets.map((ms) => new Date(START + ms).toISOString());

/** Forecasts at these times, with a horizon of three minutes. */
function made(offsets: readonly number[], values: readonly (number | null)[]) {
  return { timestamps: times(offsets), horizon_ms: offsets.map(() => 3 * MINUTE), values };
}

describe('values of forecasts at points of a timeline', () => {
  it('are held between forecasts, and unknown before the first one', () => {
    const points = times([0, 20, 60, 80, 120].map((second) => second * SECOND));
    expect(held(made([20 * SECOND, 80 * SECOND], [4, 5]), points, 10 * SECOND)).toEqual([null, 4, 4, 5, 5]);
  });

  it('are unknown after the horizon of the last forecast, and again known after a gap', () => {
    const points = times([0, 2, 3, 10, 11].map((minute) => minute * MINUTE));
    expect(held(made([0, 11 * MINUTE], [4, 6]), points, MINUTE)).toEqual([4, 4, null, null, 6]);
  });

  it('are those of the same bucket, although a point is at its start and the forecast is not', () => {
    const points = times([0, 1, 2].map((hour) => hour * 60 * MINUTE));
    expect(held(made([59 * MINUTE, 119 * MINUTE], [4.5, null]), points, 60 * MINUTE)).toEqual([4.5, null, null]);
  });

  it('are in the buckets of the database where these do not divide a day', () => {
    const stepMs = 25 * 60 * MINUTE;
    const begin = Date.UTC(2000, 0, 3) + 1000 * stepMs;
    const at = (ms: number): string => new Date(begin + ms).toISOString();
    const given = { timestamps: [at(stepMs - 1)], horizon_ms: [0], values: [7] };
    expect(held(given, [at(-1), at(0), at(stepMs)], stepMs)).toEqual([null, 7, null]);
  });

  it('are none without forecasts', () => {
    expect(held(made([], []), times([0]), MINUTE)).toEqual([null]);
  });
});
