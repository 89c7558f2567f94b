import { describe, expect, it } from '@jest/globals';
import { type Policy, TARGET_TRACKING_DEFAULTS } from '#engine';
import { Past, type PastMinute, type PastSetting } from './past.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);
const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };
const HPA: Policy = {
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
  mode: 'act',
};
/** Around 600 requests per second, in cycles of twenty minutes. */
const LOAD = Array.from({ length: 2 * 1440 }, (_, minute) => 600 + 270 * Math.sin((minute / 20) * 2 * Math.PI));

function setting(change: Partial<PastSetting> = {}): PastSetting {
  return {
    load: LOAD,
    firstAt: START,
    policy: SLO,
    bounds: { min: 2, max: 40 },
    leadTimeMs: 2000,
    capacity: 100,
    baseCpu: 50,
    baseMemory: 40,
    variance: 3,
    samplesFrom: START + (LOAD.length - 120) * MINUTE,
    ...change,
  };
}

function played(past: Past, part = 500): PastMinute[] {
  const minutes: PastMinute[] = [];
  for (let some = past.next(part); some.length > 0; some = past.next(part)) minutes.push(...some);
  return minutes;
}

describe('a simulated past', () => {
  it('has an observation and a decision for each minute, and a forecast from a service level', () => {
    const minutes = played(new Past(setting()));
    expect(minutes.map(({ observation: { at } }) => at)).toEqual(LOAD.map((_, index) => START + index * MINUTE));
    for (const [index, { observation, decision, forecast }] of minutes.entries()) {
      expect(decision.at).toBe(observation.at);
      expect(forecast?.at).toBe(observation.at);
      const capacity = observation.servers.active;
      expect(observation.demand).toBeCloseTo(Math.min(capacity, LOAD[index]! / 100));
      expect(observation.requestRate).toBeCloseTo(100 * observation.demand!);
      expect(observation.cpu!.max).toBeGreaterThanOrEqual(observation.cpu!.mean);
    }
  });

  it('has samples, one of each active server, only from the given time on', () => {
    const minutes = played(new Past(setting()));
    const sampled = minutes.filter(({ observation }) => observation.samples.length > 0);
    expect(sampled).toHaveLength(120);
    for (const { observation } of sampled) {
      expect(observation.samples).toHaveLength(observation.servers.active);
      expect(new Set(observation.samples.map(({ serverId }) => serverId)).size).toBe(observation.servers.active);
    }
  });

  it('is the same in any parts, model included', () => {
    const [whole, parts] = [new Past(setting()), new Past(setting())];
    expect(played(whole, LOAD.length)).toEqual(played(parts, 7));
    expect(whole.model).toEqual(parts.model);
  });

  it('learns a load that repeats: almost no minute is above the bound that was planned for', () => {
    const past = new Past(setting());
    const minutes = played(past);
    expect(past.model?.minute).toBe(START / MINUTE + LOAD.length - 1);
    const lastDay = minutes.slice(-1440, -2);
    const above = lastDay.filter(({ forecast }, index) => {
      const demand = minutes[LOAD.length - 1440 + index + 1]!.observation.demand!;
      return demand > (forecast?.upper ?? 0);
    });
    expect(above.length / lastDay.length).toBeLessThan(0.02);
  });

  it('without a service level has decisions and neither forecasts nor a model', () => {
    const past = new Past(setting({ policy: HPA }));
    const minutes = played(past);
    expect(minutes.every(({ forecast }) => forecast === null)).toBe(true);
    expect(minutes.some(({ decision }) => decision.action === 'SCALE_UP')).toBe(true);
    expect(past.model).toBeNull();
  });
});
