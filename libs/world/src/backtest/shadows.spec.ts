import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  AwsTargetTracking,
  AzureThresholds,
  type Baseline,
  Hpa,
  NomadTargetValue,
  type Seen,
  type Shadow,
  Shadows,
  SHADOWS,
  restoreSnapshot,
  snapshot,
  Trailing,
} from '#engine';
import { playWorld, type WorldOptions } from './tick-world.js';

const ALONE: Readonly<Record<Shadow, () => Baseline>> = {
  hpa: () => new Hpa(0.6),
  aws: () => new AwsTargetTracking(0.6),
  nomad: () => new NomadTargetValue(0.6),
  azure: () => new AzureThresholds(0.7, 0.3),
  trailing: () => new Trailing(15, 0.2, MAX_UTILIZATION),
};

const LEAD_TICKS = 2;
const MAX_UTILIZATION = 0.9;

interface Limits {
  readonly min: number;
  readonly max: number;
}

function optionsOf(ticks: number, limits: Limits): WorldOptions {
  return {
    tickSeconds: 60,
    provisionSeconds: LEAD_TICKS * 60,
    ...limits,
    maxUtilization: MAX_UTILIZATION,
    startAt: 0,
    noise: new Float64Array(ticks),
  };
}

function firstFleet(demand: Float64Array, { min }: Limits): number {
  return Math.max(min, Math.ceil(demand[0]! / 0.6 - 1e-9));
}

/** Decisions of an autoscaler that controls the cluster. */
function inCharge(shadow: Shadow, demand: Float64Array, limits: Limits): number[] {
  const desired: number[] = [];
  playWorld(demand, ALONE[shadow](), optionsOf(demand.length, limits), (row) => desired.push(row.desired));
  return desired;
}

/** Decisions of its shadow next to a fleet that is always large enough for all demand to be visible. */
function beside(demand: Float64Array, limits: Limits): Record<Shadow, number[]> {
  const shadows = new Shadows(LEAD_TICKS, MAX_UTILIZATION, firstFleet(demand, limits));
  const desired: Record<Shadow, number[]> = { hpa: [], aws: [], nomad: [], azure: [], trailing: [] };
  const active = Math.ceil(Math.max(...demand)) + 1;
  for (const [tick, load] of demand.entries()) {
    const seen: Seen = {
      at: (tick + 1) * 60_000,
      tickSeconds: 60,
      cpu: load / active,
      served: load,
      active,
      provisioning: 0,
      ...limits,
      leadSeconds: LEAD_TICKS * 60,
    };
    shadows.step(seen);
    for (const shadow of SHADOWS) desired[shadow].push(shadows.desired(shadow));
  }
  return desired;
}

const demands = fc
  .array(fc.record({ level: fc.double({ min: 0.1, max: 80, noNaN: true }), ticks: fc.integer({ min: 1, max: 40 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((stretches) => Float64Array.from(stretches.flatMap(({ level, ticks }) => Array<number>(ticks).fill(level))));

const limitings = fc.constantFrom<Limits>({ min: 1, max: 1000 }, { min: 12, max: 1000 }, { min: 2, max: 60 });

describe('shadow autoscalers', () => {
  it.each(SHADOWS)(
    '%s decides as it would if it were in control, including windows, cooldowns and bounds',
    (shadow) => {
      fc.assert(
        fc.property(demands, limitings, (demand, limits) => {
          expect(beside(demand, limits)[shadow]).toEqual(inCharge(shadow, demand, limits));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('keep their state in a snapshot', () => {
    const seen = (minute: number): Seen => ({
      at: minute * 60_000,
      tickSeconds: 60,
      cpu: 0.5 + 0.4 * Math.sin(minute / 9),
      served: 0,
      active: 30,
      provisioning: 0,
      min: 1,
      max: 1000,
      leadSeconds: 120,
    });
    const kept = new Shadows(LEAD_TICKS, MAX_UTILIZATION, 20);
    for (let minute = 1; minute < 77; minute++) kept.step(seen(minute));
    const restored = new Shadows(LEAD_TICKS, MAX_UTILIZATION, 1);
    expect(restoreSnapshot([restored], snapshot([kept]))).toBe(true);
    for (let minute = 77; minute < 200; minute++) {
      kept.step(seen(minute));
      restored.step(seen(minute));
      for (const shadow of SHADOWS) expect(restored.desired(shadow)).toBe(kept.desired(shadow));
    }
  });

  it('get their pending servers when the lead time changes', () => {
    const long = new Shadows(5, MAX_UTILIZATION, 10);
    const seen: Seen = {
      at: 60_000,
      tickSeconds: 60,
      cpu: 1,
      served: 20,
      active: 20,
      provisioning: 0,
      min: 1,
      max: 1000,
      leadSeconds: 300,
    };
    long.step(seen);
    const asked = long.desired('nomad');
    expect(asked).toBeGreaterThan(10);
    const short = new Shadows(1, MAX_UTILIZATION, 1);
    short.adopt(long);
    expect(short.desired('nomad')).toBe(asked);
    short.step({ ...seen, at: 120_000, cpu: 0.6 * (asked / 20), leadSeconds: 60 });
    expect(short.desired('nomad')).toBe(asked);
  });
});
