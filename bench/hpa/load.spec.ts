import { describe, expect, it } from '@jest/globals';
import { traceOf } from '#world';
import { Load, PEAK_SERVERS, TICK_SECONDS } from './load.js';

const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(2020, 0, 1);
const NOW = Date.UTC(2026, 10, 29, 23);

/** Rises by the hour of the day. */
const trace = traceOf(
  'daily',
  Array.from({ length: 24 * 14 + 1 }, (_, hour) => ({ at: BEGIN + hour * 3_600_000, value: 1 + (hour % 24) })),
);

describe('the load of a run', () => {
  const load = Load.of(trace, 1, NOW);

  it('keeps day of the week and time of day, and scores the last of two weeks in the week to come', () => {
    expect((load.startAt - BEGIN) % (7 * DAY_MS)).toBe(0);
    expect(load.scoredAt).toBe(load.startAt + 13 * DAY_MS);
    expect(load.scoredAt).toBeGreaterThanOrEqual(NOW);
    expect(load.scoredAt).toBeLessThan(NOW + 7 * DAY_MS);
  });

  it('needs the given number of servers at its 99th percentile, and is the mean of its ticks by the minute', () => {
    const sorted = load.demand.toSorted();
    expect(sorted[Math.ceil(0.99 * sorted.length) - 1]).toBeCloseTo(PEAK_SERVERS);
    const minutes = load.minutes();
    expect(minutes).toHaveLength(14 * 1440);
    expect(minutes[700]).toBe(load.demand[2803]);
  });

  it('is spread over the active servers, with the same noise for all policies, up to their capacity', () => {
    const at = load.scoredAt + 12 * 3_600_000;
    const demand = load.demandAt(at);
    const few = Math.floor(demand / 2);
    expect(load.usageAt(at, 100) * 100).toBeCloseTo(2 * load.usageAt(at, 200) * 100);
    expect(Math.abs(load.usageAt(at, 100) / (demand / 100) - 1)).toBeLessThanOrEqual(0.02);
    expect(load.usageAt(at, few)).toBeLessThanOrEqual(1);
    expect(load.usageAt(at, few)).toBeGreaterThanOrEqual(0.98);
  });

  it('is constant within a tick, and the same for a seed', () => {
    const at = load.scoredAt + 60_000;
    expect(load.usageAt(at + TICK_SECONDS * 1000 - 1, 50)).toBe(load.usageAt(at, 50));
    expect(Load.of(trace, 1, NOW).noise).toEqual(load.noise);
    expect(Load.of(trace, 2, NOW).noise).not.toEqual(load.noise);
  });

  it('is refused where the trace is too short', () => {
    const short = traceOf(
      'short',
      [0, 1, 2].map((hour) => ({ at: BEGIN + hour * 3_600_000, value: 1 })),
    );
    expect(() => Load.of(short, 1, NOW)).toThrow('short is shorter than 14 days');
  });
});
