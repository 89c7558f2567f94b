import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Schema } from '../api/client';
import { type HeardForecast, isObserved, joined, nearest, nothingObserved, type Tick } from './series';

type Timeline = Schema['TimelineDto'];

const START = Date.parse('2026-11-24T12:00:00Z');
const SECOND = 1000;

function tick(index: number, stepMs = SECOND): Tick {
  return {
    at: START + index * stepMs,
    demand: 5 + Math.sin(index / 7),
    cpu: 60,
    cpuMax: 70,
    active: 8,
    provisioning: 0,
    draining: 0,
    desired: 8,
    theirs: null,
    trial: null,
    hpa: null,
  };
}

/** The service's answer for these ticks in steps of `stepMs`: the mean of each step, at its start. */
function loaded(ticks: readonly Tick[], stepMs: number): Timeline {
  const steps = new Map<number, Tick[]>();
  for (const each of ticks) {
    const step = Math.floor(each.at / stepMs) * stepMs;
    steps.set(step, [...(steps.get(step) ?? []), each]);
  }
  const column = (of: (tick: Tick) => number | null): (number | null)[] =>
    [...steps.values()].map((own) => own.reduce((sum, each) => sum + (of(each) ?? 0), 0) / own.length);
  return {
    cluster_id: 'a',
    step_ms: stepMs,
    timestamps: [...steps.keys()].map((at) => new Date(at).toISOString()),
    demand: column(({ demand }) => demand),
    demand_max: column(({ demand }) => demand),
    cpu: column(({ cpu }) => cpu),
    cpu_max: column(({ cpuMax }) => cpuMax),
    active: column(({ active }) => active),
    provisioning: column(({ provisioning }) => provisioning),
    draining: column(({ draining }) => draining),
    desired: column(({ desired }) => desired),
    theirs: [...steps.values()].map((own) => own.at(-1)?.theirs?.desired ?? null),
    theirs_by: null,
    trial: [...steps.values()].map((own) => own.at(-1)?.trial ?? null),
    hpa: [...steps.values()].map((own) => own.at(-1)?.hpa ?? null),
    hpa_target: 60,
    forecasts: { timestamps: [], horizon_ms: [], p50: [], p99: [], upper: [] },
  } as unknown as Timeline;
}

describe('loaded and live data', () => {
  it.each([1, 10, 60])('is one line in steps of %i s, and reloading does not move it', (stepSeconds) => {
    const stepMs = stepSeconds * SECOND;
    const ticks = Array.from({ length: 600 }, (_, index) => tick(index));
    const before = joined(loaded(ticks.slice(0, 300), stepMs), ticks.slice(200)).observed;
    const after = joined(loaded(ticks, stepMs), ticks.slice(200)).observed;
    const stepOf = (x: number): number => Math.floor(x / stepSeconds);
    // The step of the reload was loaded partially, and so is the newest now.
    const open = new Set([stepOf(START / SECOND + 299), stepOf(START / SECOND + 599)]);
    const compared = before.x.filter((x) => !open.has(stepOf(x)));
    expect(compared.length).toBeGreaterThanOrEqual(600 / stepSeconds - 2);
    for (const [index, x] of before.x.entries()) {
      if (open.has(stepOf(x))) continue;
      // Live points are drawn at the end of their step, loaded ones at its start: none moves by more than a step.
      const same = after.x.findIndex((each) => stepOf(each) === stepOf(x));
      expect(after.demand[same]).toBeCloseTo(before.demand[index] ?? NaN, 6);
    }
  });

  it('are drawn once and in order, however they overlap', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(120), fc.constantFrom(1, 2, 10), (until, from, stepSeconds) => {
        const ticks = Array.from({ length: 120 }, (_, index) => tick(index));
        const { x } = joined(loaded(ticks.slice(0, until), stepSeconds * SECOND), ticks.slice(from)).observed;
        x.forEach((time, index) => expect(index === 0 || time > (x[index - 1] ?? NaN)).toBe(true));
      }),
    );
  });

  it('have what another autoscaler wants, and its name', () => {
    const by = 'HorizontalPodAutoscaler web';
    const ticks = Array.from({ length: 6 }, (_, index) => ({
      ...tick(index),
      theirs: index % 3 === 0 ? null : { by, desired: index },
    }));
    const { observed, theirsBy } = joined(loaded(ticks.slice(0, 3), SECOND), ticks.slice(3));
    expect(observed.theirs).toEqual([null, 1, 2, null, 4, 5]);
    expect(theirsBy).toBe(by);
    expect(joined({ ...loaded(ticks, SECOND), theirs_by: 'another' }, []).theirsBy).toBe('another');
    expect(joined(loaded([tick(0)], SECOND), [tick(1)]).theirsBy).toBeNull();
  });

  it('have the count of the policy on trial', () => {
    const ticks = Array.from({ length: 4 }, (_, index) => ({ ...tick(index), trial: index === 0 ? null : index }));
    expect(joined(loaded(ticks.slice(0, 2), SECOND), ticks.slice(2)).observed.trial).toEqual([null, 1, 2, 3]);
  });

  it('have the servers that an HPA would have, with a gap where nothing was observed', () => {
    const ticks = [0, 1, 300, 301].map((index) => ({ ...tick(index), hpa: index }));
    const { observed, hpaTarget } = joined(loaded(ticks.slice(0, 2), SECOND), ticks.slice(2));
    expect(observed.hpa).toEqual([0, 1, null, 300, 301]);
    expect(hpaTarget).toBe(60);
  });

  it('have a gap where nothing was observed', () => {
    const ticks = [...Array.from({ length: 10 }, (_, index) => tick(index)), tick(300), tick(301)];
    const { x, demand } = joined(loaded(ticks.slice(0, 5), SECOND), ticks.slice(5)).observed;
    expect(demand.filter((value) => value === null)).toHaveLength(1);
    expect(x).toHaveLength(13);
  });

  it('have no gap between the minutes of a simulated past, and one where it misses more', () => {
    const ticks = [0, 60, 120, 300, 310, 370].map((second) => tick(second));
    const gaps = (until: number | null): number =>
      joined(loaded(ticks, 10 * SECOND), [], [], until).observed.active.filter((value) => value === null).length;
    expect(gaps(START + 310 * SECOND)).toBe(2);
    expect(gaps(null)).toBe(4);
  });
});

describe('forecasts', () => {
  const HORIZON = 20;
  const forecast = (second: number, horizon = HORIZON): HeardForecast => ({
    at: START + second * SECOND,
    horizonMs: horizon * SECOND,
    p50: 4,
    p99: 6,
    upper: 5,
  });
  const seconds = (x: number | undefined): number => Math.round(((x ?? NaN) - START / SECOND) * 1000) / 1000;

  it('have a gap where nothing was observed', () => {
    const observedAt = [...Array.from({ length: 60 }, (_, index) => index), 200, 201, 202, 230];
    const { forecasts } = joined(
      loaded(
        observedAt.map((second) => tick(second)),
        SECOND,
      ),
      [],
      observedAt.map((second) => forecast(second)),
    );
    const gap = forecasts.upper.indexOf(null);
    expect(forecasts.upper.filter((value) => value === null)).toHaveLength(1);
    expect([forecasts.p50[gap], forecasts.p99[gap]]).toEqual([null, null]);
    expect([gap - 1, gap, gap + 1].map((index) => seconds(forecasts.x[index]))).toEqual([59, 59.001, 200]);
  });

  it('of times to come are a curve ahead, up to the end of the newest', () => {
    const ticks = Array.from({ length: 60 }, (_, index) => tick(index));
    const made = [0, 20, 40, 50, 55].map((second) => ({ ...forecast(second), upper: second }));
    const { forecasts, until } = joined(loaded(ticks, SECOND), [], made);
    expect(forecasts.x.map(seconds)).toEqual([0, 20, 40, 60, 70, 75]);
    expect(forecasts.upper).toEqual([0, 0, 20, 40, 50, 55]);
    expect(seconds(until ?? NaN)).toBe(75);
    expect(joined(loaded(ticks, SECOND), [], [forecast(0)]).until).toBeNull();
  });

  it('are never drawn inside of a hole, and their times ascend', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 30 }).map((all) => all.sort((a, b) => a - b)),
        fc.array(fc.tuple(fc.nat(1000), fc.nat(300)), { maxLength: 30 }),
        (observedAt, made) => {
          const heard = made.sort(([a], [b]) => a - b).map(([at, horizon]) => forecast(at, horizon));
          const { observed, forecasts } = joined(
            loaded(
              observedAt.map((second) => tick(second)),
              SECOND,
            ),
            [],
            heard,
          );
          forecasts.x.forEach((x, index) => {
            expect(index === 0 || x > (forecasts.x[index - 1] ?? NaN)).toBe(true);
            if (forecasts.upper[index] === null) return;
            const before = observed.x.findLastIndex((time) => time < x);
            const after = observed.x[before + 1] ?? NaN;
            expect(observed.active[before] === null && x < after).toBe(false);
          });
          // No line from one side of a hole to the other.
          observed.active.forEach((value, index) => {
            if (value !== null) return;
            const next = forecasts.x.findIndex((x) => x >= (observed.x[index + 1] ?? NaN));
            expect(next <= 0 || forecasts.upper[next - 1] === null).toBe(true);
          });
        },
      ),
    );
  });
});

describe('a time range', () => {
  // A point every ten seconds, a gap from 20 to 80, and none after 100.
  const observed = {
    ...nothingObserved(),
    x: [0, 10, 20, 21, 80, 90, 100],
    active: [8, 8, 8, null, 8, 8, 8],
  };

  it.each([
    { what: 'with observations in it', from: 5, to: 15, is: true },
    { what: 'between two observations', from: 12, to: 18, is: true },
    { what: 'that a hole begins in', from: 19, to: 40, is: true },
    { what: 'inside of a hole', from: 30, to: 70, is: false },
    { what: 'that is a hole and its beginning', from: 20.5, to: 70, is: false },
    { what: 'before anything', from: -20, to: -10, is: false },
    { what: 'after everything', from: 110, to: 120, is: false },
  ])('$what is known: $is', ({ from, to, is }) => {
    expect(isObserved(observed, [from * SECOND, to * SECOND])).toBe(is);
  });
});

describe('the nearest of ascending times', () => {
  it('has the smallest distance', () => {
    const times = fc.uniqueArray(fc.nat(1000), { minLength: 1 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, fc.nat(1000), (all, x) => {
        const found = all[nearest(all, x)] ?? NaN;
        expect(Math.abs(found - x)).toBe(Math.min(...all.map((time) => Math.abs(time - x))));
      }),
    );
  });
});
