import { describe, expect, it } from '@jest/globals';
import { type Measured, uniformObservation } from '#engine';
import { missedByMeasure, type Served, servedAfter } from './served.js';
import type { Conditions } from './cluster-memory.js';
import type { Acted } from './stages.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5, 12);
const POLICY = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } };
const NONE: Conditions = new Map();
const HELD = new Map([['measured_missed', {}]]) as unknown as Conditions;

interface Seen {
  readonly requestRate?: number | null;
  readonly badRate?: number | null;
  readonly demand?: number | null;
  readonly saturated?: boolean;
  readonly measured?: Measured | null;
}

/** Ten servers with a demand of five, and 100 requests a second, of which none is bad. */
function look(at: number, { requestRate = 100, badRate = 0, demand = 5, saturated = false, ...seen }: Seen = {}) {
  const { measured = { requestRate, badRate } } = seen;
  const uniform = { at, active: 10, provisioning: 0, cpu: 50, requestRate: 0, demand: demand ?? 0, saturated };
  return { ...uniformObservation(uniform), demand, ...(measured === null ? {} : { measured }) };
}

/** An observation every ten seconds. */
function during(minutes: number, seen: Seen, before: Served | null = null, from = START): Served | null {
  let served = before;
  for (let tick = 0; tick < minutes * 6; tick += 1)
    served = servedAfter(served, look(from + tick * 10_000, seen), POLICY, 10_000);
  return served;
}

function missed(served: Served | null, at: number, before = NONE, policy: object = POLICY) {
  return missedByMeasure({ at, memory: { acting: { policy }, tracking: { served } } } as unknown as Acted, before);
}

describe('how users were served in the last hour', () => {
  it('is the first known count of each minute, in parts of five minutes', () => {
    const served = during(7, { badRate: 3 });
    const part = { minutes: 5, requests: 30_000, bad: 900, judged: 5, above: 0 };
    expect(served).toEqual({
      lastAt: START + 6 * MINUTE,
      parts: [
        { at: START, ...part },
        { at: START + 5 * MINUTE, ...part, minutes: 2, requests: 12_000, bad: 360, judged: 2 },
      ],
    });
  });

  it('is the same object while nothing is added', () => {
    const served = during(1, {});
    const next = START + MINUTE;
    expect(servedAfter(served, look(START + 50_000), POLICY, 10_000)).toBe(served);
    expect(servedAfter(served, look(next, { measured: null }), POLICY, 10_000)).toBe(served);
    expect(servedAfter(served, look(next, { badRate: null }), POLICY, 10_000)).toBe(served);
    expect(servedAfter(served, look(next, { requestRate: null }), POLICY, 10_000)).toBe(served);
    expect(servedAfter(served, look(next), {}, 10_000)).toBe(served);
    expect(servedAfter(served, look(next), POLICY, 10_000)).not.toBe(served);
  });

  it('keeps no more than an hour, and an observation counts for its interval', () => {
    const served = during(180, {});
    expect(served?.parts).toHaveLength(12);
    expect(served?.parts[0]?.at).toBe(START + 2 * HOUR);
    const rare = servedAfter(null, look(START), POLICY, 10 * MINUTE);
    expect(rare?.parts).toMatchObject([{ minutes: 10, requests: 60_000 }]);
  });

  it('survives a clock that is set back', () => {
    const served = servedAfter(during(30, {}), look(START - HOUR), POLICY, 10_000);
    expect(served?.parts).toMatchObject([{ at: START - HOUR, minutes: 1 }]);
  });
});

describe('a measured share above the promised one', () => {
  const end = START + 20 * MINUTE;

  it('is raised with what the engine saw of the servers', () => {
    const message = 'of requests of the last hour were slow or failed, 1 % is allowed.';
    expect(missed(during(20, { badRate: 2.34 }), end)).toEqual({
      message: `2.3 % ${message} The servers were below 90 % all the time: more servers may not help.`,
      data: {
        share: expect.closeTo(0.0234),
        promised: 0.01,
        requests: 120_000,
        max_utilization: 0.9,
        minutes_judged: 20,
        minutes_above: 0,
      },
    });
    expect(missed(during(20, { badRate: 5, demand: 9.5 }), end)?.message).toBe(
      `5 % ${message} The servers were above 90 % for 20 min of it.`,
    );
    const full = during(6, { badRate: 5, saturated: true }, during(14, { badRate: 5 }), START + 14 * MINUTE);
    expect(missed(full, end)?.message).toBe(`5 % ${message} The servers were above 90 % for 6 min of it.`);
    expect(missed(during(20, { badRate: 5, demand: null }), end)?.message).toBe(
      `5 % ${message} How full the servers were is not known.`,
    );
  });

  it.each([
    ['nothing is known', null],
    ['the promise is kept', during(20, { badRate: 1 })],
    ['less than ten minutes are known', during(9, { badRate: 50 })],
    ['there are few requests', during(20, { requestRate: 0.8, badRate: 0.8 })],
    ['there are none', during(20, { requestRate: 0 })],
  ])('is not raised while %s', (_name, served) => {
    expect(missed(served, end)).toBeNull();
  });

  it('needs a promise, and ends an hour after the last known count', () => {
    const served = during(20, { badRate: 5 });
    expect(missed(served, end, NONE, {})).toBeNull();
    expect(missed(served, end + 2 * HOUR, HELD)).toBeNull();
  });

  it('does not flap around the promised share', () => {
    const near = during(20, { badRate: 0.95 });
    expect(missed(near, end)).toBeNull();
    expect(missed(near, end, HELD)).not.toBeNull();
    expect(missed(during(20, { badRate: 0.85 }), end, HELD)).toBeNull();
  });
});
