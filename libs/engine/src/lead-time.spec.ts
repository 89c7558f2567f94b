import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leadTimeFrom, type LeadTimes, rememberBothLeadTimes, usualLeadTimes } from './lead-time.js';

const times = fc.array(fc.integer({ min: 1, max: 3_600_000 }), { minLength: 1, maxLength: 100 });

const remember = (known: readonly number[], leadTimes: readonly number[]): readonly number[] =>
  rememberBothLeadTimes({ leadTimes: known }, { leadTimes, waited: [] }).leadTimes;

describe('the lead time of a cluster', () => {
  it('is unknown before the first measurement', () => {
    expect(leadTimeFrom([])).toBeNull();
    expect(leadTimeFrom([], [600_000])).toBeNull();
  });

  it.each([
    ['one time', [70], 70],
    ['up to nine times: the longest', [10, 20, 30, 40, 50, 60, 70, 80, 90], 90],
    ['ten times: still the longest', [10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 100],
    ['nineteen times: the second longest', Array.from({ length: 19 }, (_, index) => index + 1), 18],
    ['forty times', Array.from({ length: 40 }, (_, index) => index + 1), 37],
  ])('is planned with carefully: %s', (_, measured, planned) => {
    expect(leadTimeFrom(measured)?.plannedMs).toBe(planned);
  });

  it('grows while servers are overdue, up to a limit', () => {
    const measured = [60_000, 61_000, 62_000];
    expect(leadTimeFrom(measured, [5000, 61_500])?.plannedMs).toBe(62_000);
    expect(leadTimeFrom(measured, [90_000])?.plannedMs).toBe(90_000);
    expect(leadTimeFrom(measured, [86_400_000])?.plannedMs).toBe(124_000);
  });

  it('has ordered quantiles within the measured range', () => {
    fc.assert(
      fc.property(times, (measured) => {
        const { p50Ms, p90Ms, maxMs, plannedMs, count } = leadTimeFrom(measured)!;
        expect(count).toBe(measured.length);
        expect(p50Ms).toBeLessThanOrEqual(p90Ms);
        expect(p90Ms).toBeLessThanOrEqual(plannedMs);
        expect(plannedMs).toBeLessThanOrEqual(maxMs);
        for (const one of [p50Ms, p90Ms, maxMs, plannedMs]) expect(measured).toContain(one);
      }),
    );
  });

  it('covers the next measurement with the stated probability, for any distribution', () => {
    // Times are exchangeable: the rank of the next one is uniform, so that coverage can be counted instead of
    // simulated.
    for (const n of [9, 19, 29, 49]) {
      const measured = Array.from({ length: n }, (_, index) => index + 1);
      const rank = leadTimeFrom(measured)!.plannedMs;
      expect(rank / (n + 1)).toBeGreaterThanOrEqual(0.9);
    }
  });

  it('follows a provider that changes, and is not dominated by one request', () => {
    const before = Array<number>(60).fill(60_000);
    const flood = remember(
      before,
      Array.from({ length: 1000 }, (_, index) => 100_000 + index),
    );
    expect(flood).toHaveLength(64);
    expect(flood.filter((time) => time === 60_000)).toHaveLength(48);
    expect(Math.max(...flood)).toBe(100_999);
    const slower = Array.from({ length: 8 }).reduce<readonly number[]>(
      (known) => remember(known, [90_000, 91_000, 92_000, 93_000, 94_000, 95_000, 96_000, 97_000]),
      before,
    );
    expect(leadTimeFrom(slower)?.p50Ms).toBe(93_000);
  });

  it('is that of servers that had to wait only while most recent ones had to', () => {
    let known: LeadTimes = { leadTimes: [] };
    const add = (leadTimes: readonly number[], waited: readonly number[]): void => {
      known = rememberBothLeadTimes(known, { leadTimes, waited });
    };
    add([60], [900]);
    expect(usualLeadTimes(known)).toEqual([60]);
    add([], [910]);
    expect(usualLeadTimes(known)).toEqual([900, 910]);
    for (let time = 1; time <= 70; time += 1) add([time], []);
    expect(usualLeadTimes(known)).toHaveLength(64);
    expect(known.waited ?? []).toEqual([]);
    for (let time = 1; time <= 33; time += 1) add([], [time]);
    expect(usualLeadTimes(known)).toHaveLength(33);
    expect(known.leadTimes).toHaveLength(31);
  });

  it('is kept in one window for both kinds', () => {
    const some = fc.array(fc.integer({ min: 1, max: 3_600_000 }), { maxLength: 80 });
    fc.assert(
      fc.property(fc.array(fc.record({ leadTimes: some, waited: some }), { maxLength: 20 }), (batches) => {
        let known: LeadTimes = { leadTimes: [] };
        for (const batch of batches) {
          known = rememberBothLeadTimes(known, batch);
          expect(known.leadTimes.length + (known.waited ?? []).length).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
});
