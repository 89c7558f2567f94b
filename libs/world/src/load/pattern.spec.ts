import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LoadPattern, patternLoadAt, type PatternSetting } from './pattern.js';
import { traceOf } from './trace.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.parse('2026-01-05T00:00:00Z');
const quiet: PatternSetting = { baseLoad: 100, since: MONDAY, compression: 1, noise: 0, seed: 1 };
const loads = (pattern: LoadPattern, hours: readonly number[], setting = quiet) =>
  hours.map((hour) => patternLoadAt(pattern, setting, MONDAY + hour * HOUR));
const hoursOf = (days: number) => Array.from({ length: days * 96 }, (_, quarter) => quarter / 4);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('patterns', () => {
  it('steady stays at the base load', () => {
    expect(loads({ kind: 'steady' }, [0, 7, 1000])).toEqual([100, 100, 100]);
  });

  it('daily peaks at its hour, and its mean is the base load', () => {
    const daily: LoadPattern = { kind: 'daily', amplitude: 0.5, peakHour: 14 };
    const [trough, peak, nextPeak] = loads(daily, [2, 14, 38]);
    expect([trough, peak, nextPeak]).toEqual([expect.closeTo(50), expect.closeTo(150), expect.closeTo(150)]);
    expect(mean(loads(daily, hoursOf(1)))).toBeCloseTo(100);
    expect(loads(daily, [0.5, 1], { ...quiet, compression: 14 })[1]).toBeCloseTo(150);
  });

  it('weekly is quieter at weekends, without jumps, and its mean is about the base load', () => {
    const weekly: LoadPattern = { kind: 'weekly', amplitude: 0.4, peakHour: 13, weekend: 0.3 };
    const week = loads(weekly, hoursOf(7));
    const [wednesday, saturday] = loads(weekly, [2 * 24 + 13, 5 * 24 + 13]);
    expect(saturday! / wednesday!).toBeCloseTo(0.3);
    expect(mean(week)).toBeGreaterThan(95);
    expect(mean(week)).toBeLessThan(105);
    const jumps = week.slice(1).map((load, index) => Math.abs(load - week[index]!));
    expect(Math.max(...jumps)).toBeLessThan(15);
  });

  it('random stays within its amplitude and differs between seeds', () => {
    const random: LoadPattern = { kind: 'random', amplitude: 0.5, periodMs: HOUR };
    const course = loads(random, hoursOf(10));
    expect(Math.min(...course)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...course)).toBeLessThanOrEqual(150);
    expect(Math.max(...course) - Math.min(...course)).toBeGreaterThan(50);
    expect(loads(random, hoursOf(1))).toEqual(course.slice(0, 96));
    expect(loads(random, hoursOf(1), { ...quiet, seed: 2 })).not.toEqual(course.slice(0, 96));
  });

  it('gradual_rise climbs linearly and stays', () => {
    const rise: LoadPattern = { kind: 'gradual_rise', factor: 3, periodMs: 4 * HOUR };
    expect(loads(rise, [0, 1, 2, 4, 100])).toEqual([100, 150, 200, 300, 300]);
  });

  it('sine_wave starts at the base load and rises first', () => {
    const sine: LoadPattern = { kind: 'sine_wave', amplitude: 0.2, periodMs: 4 * HOUR };
    expect(loads(sine, [0, 1, 2, 3, 4])).toEqual([100, 120, 100, 80, 100].map((load) => expect.closeTo(load)));
  });

  it('trace replays a trace in a loop, scaled, compressed, from an offset', () => {
    const hourly = traceOf(
      'hourly',
      [5, 10, 20, 10].map((value, hour) => ({ at: 1e12 + hour * HOUR, value })),
    );
    const replay: LoadPattern = { kind: 'trace', trace: hourly, scale: 2, offsetMs: 0 };
    expect(loads(replay, [0, 0.5, 1, 2, 3, 4, 5])).toEqual([10, 15, 20, 40, 20, 10, 20]);
    expect(loads(replay, [0, 0.5, 1, 1.5, 2], { ...quiet, compression: 2 })).toEqual([10, 20, 40, 20, 10]);
    expect(loads({ ...replay, offsetMs: 2 * HOUR }, [0, 1, 2])).toEqual([40, 20, 10]);
  });

  it('noise stays within its share and keeps the mean', () => {
    const noisy = loads({ kind: 'steady' }, hoursOf(30), { ...quiet, noise: 0.1 });
    expect(Math.min(...noisy)).toBeGreaterThanOrEqual(90);
    expect(Math.max(...noisy)).toBeLessThanOrEqual(110);
    expect(mean(noisy)).toBeCloseTo(100, 0);
  });

  it('is never negative', () => {
    const trace = traceOf(
      't',
      [0, 3, 0].map((value, at) => ({ at: at * HOUR, value })),
    );
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const pattern = fc.oneof<fc.Arbitrary<LoadPattern>[]>(
      fc.record({ kind: fc.constant('daily'), amplitude: share, peakHour: fc.integer({ min: 0, max: 24 }) }),
      fc.record({ kind: fc.constant('weekly'), amplitude: share, peakHour: fc.constant(3), weekend: share }),
      fc.record({ kind: fc.constant('random'), amplitude: share, periodMs: fc.integer({ min: 1, max: DAY }) }),
      fc.record({ kind: fc.constant('sine_wave'), amplitude: share, periodMs: fc.integer({ min: 1, max: DAY }) }),
      fc.record({
        kind: fc.constant('trace'),
        trace: fc.constant(trace),
        scale: share,
        offsetMs: fc.integer({ min: 0, max: DAY }),
      }),
    );
    fc.assert(
      fc.property(pattern, share, fc.integer({ min: 0, max: 14 * DAY }), (drawn, noise, later) => {
        expect(patternLoadAt(drawn, { ...quiet, noise }, MONDAY + later)).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});
