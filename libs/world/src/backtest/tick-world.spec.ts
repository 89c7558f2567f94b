import { describe, expect, it } from '@jest/globals';
import { type Baseline, Hpa, type Seen, SloController, Trailing } from '#engine';
import fc from 'fast-check';
import { traceOf } from '../load/trace.js';
import { Random } from '../random.js';
import { demandOf, ticksOf } from './demand.js';
import { Oracle } from './oracle.js';
import {
  leadTicks,
  noiseFor,
  playWorld,
  TickWorld,
  type TimelineRow,
  warmUpTicks,
  type WorldOptions,
} from './tick-world.js';

const MINUTE = 60_000;

function options(ticks: number, provisionSeconds = 120, noise = 0): WorldOptions {
  return {
    tickSeconds: 60,
    provisionSeconds,
    min: 1,
    max: 1000,
    maxUtilization: 0.9,
    startAt: 0,
    noise: noiseFor(ticks, noise, 7),
  };
}

function timelineOf(demand: Float64Array, policy: Baseline, world: WorldOptions): TimelineRow[] {
  const rows: TimelineRow[] = [];
  playWorld(demand, policy, world, (row) => rows.push(row));
  return rows;
}

/** Requests the given counts, one per tick. */
function script(counts: readonly number[]): Baseline {
  let tick = 0;
  return { desired: () => counts[Math.min(tick++, counts.length - 1)]! };
}

function slo(): Baseline {
  let controller: SloController | null = null;
  return {
    desired(seen: Seen) {
      controller ??= new SloController({ violations: 0.01, maxUtilization: 0.9 }, seen);
      return controller.desired(seen);
    },
  };
}

describe('the tick world', () => {
  it('starts at 60 % and adds servers after the provisioning time', () => {
    const rows = timelineOf(new Float64Array(6).fill(6), script([12]), options(6));
    expect(rows.map(({ active, provisioning }) => [active, provisioning])).toEqual([
      [10, 0],
      [10, 2],
      [10, 2],
      [12, 0],
      [12, 0],
      [12, 0],
    ]);
  });

  it('cancels the newest provisioning servers first, and removes the others with the next tick', () => {
    const rows = timelineOf(new Float64Array(5).fill(6), script([12, 15, 13, 9, 9]), options(5));
    expect(rows.map(({ active, provisioning }) => [active, provisioning])).toEqual([
      [10, 0],
      [10, 2],
      [10, 5],
      [12, 1],
      [9, 0],
    ]);
  });

  it('shows served load, never demand', () => {
    let last: Seen | null = null;
    const policy: Baseline = { desired: (seen) => ((last = { ...seen }), 10) };
    playWorld(Float64Array.of(6, 60), policy, options(2));
    expect(last).toMatchObject({ cpu: 1, served: 10, active: 10 });
  });

  it('scores bad ticks by their requests, without warm-up', () => {
    const demand = Float64Array.of(9.5, 5, 5, 5, 9.5, 5, 5, 5);
    const score = playWorld(demand, script([10]), { ...options(8), min: 10 });
    expect(score.violation).toBeCloseTo(9.5 / 34.5);
    expect(score.cost).toBeCloseTo((6 * 10) / 60);
    expect(warmUpTicks(8, 60)).toBe(2);
    expect(warmUpTicks(100_000, 60)).toBe(4320);
  });

  it('is the same in parts as in one run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 400 }),
        (values, pieces, provisionSeconds) => {
          const demand = Float64Array.from(values);
          const world = options(demand.length, provisionSeconds, 0.02);
          const inPieces: TimelineRow[] = [];
          const played = new TickWorld(demand, new Hpa(0.6), world, (row) => inPieces.push(row));
          for (let piece = 0; played.advance(pieces[piece % pieces.length]!) > 0; piece++);
          const inOne: TimelineRow[] = [];
          expect(played.score()).toEqual(playWorld(demand, new Hpa(0.6), world, (row) => inOne.push(row)));
          expect(inPieces).toEqual(inOne);
        },
      ),
    );
  });

  it('has no violation with the oracle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 8, maxLength: 60 }),
        fc.integer({ min: 0, max: 400 }),
        (values, provisionSeconds) => {
          const demand = Float64Array.from(values);
          const world = options(demand.length, provisionSeconds);
          const free = demand.map((value, tick) => (tick <= leadTicks(world) ? Math.min(value, 0.1) : value));
          expect(playWorld(free, new Oracle(free, leadTicks(world), 0.9), world).violation).toBe(0);
        },
      ),
    );
  });

  const anyHour = fc.record({
    demand: fc
      .array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 20, maxLength: 80 })
      .map((values) => Float64Array.from(values)),
    cutAt: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  /** Thirty hours and changes late in them, because the service level uses all of its experts only after half a day. */
  const anyDay = fc.record({
    demand: fc
      .record({ seed: fc.nat(), height: fc.double({ min: 1, max: 40, noNaN: true }) })
      .map(({ seed, height }) => {
        const random = Random.seeded(seed);
        const level = (minute: number) => height * (1 - 0.6 * Math.cos((2 * Math.PI * minute) / 1440));
        return Float64Array.from({ length: 1800 }, (_, minute) => level(minute) * Math.exp(0.3 * random.normal()));
      }),
    cutAt: fc.double({ min: 0.4, max: 1, noNaN: true }),
  });

  it.each([
    { name: 'hpa', policy: () => new Hpa(0.6), runs: anyHour, numRuns: 25 },
    { name: 'trailing', policy: () => new Trailing(15, 0.2, 0.9), runs: anyHour, numRuns: 25 },
    { name: 'slo', policy: slo, runs: anyDay, numRuns: 8 },
  ])('$name is causal and deterministic', ({ policy, runs, numRuns }) => {
    fc.assert(
      fc.property(runs, ({ demand, cutAt }) => {
        const cut = Math.floor(cutAt * (demand.length - 1));
        const changed = demand.map((value, tick) => (tick > cut ? 3 * value + 5 : value));
        const world = options(demand.length, 120, 0.02);
        const desired = (load: Float64Array) => timelineOf(load, policy(), world).map((row) => row.desired);
        const asItWas = desired(demand);
        expect(desired(changed).slice(0, cut + 1)).toEqual(asItWas.slice(0, cut + 1));
        expect(desired(demand)).toEqual(asItWas);
      }),
      { numRuns },
    );
  });
});

describe('demand by tick', () => {
  const trace = (stepMs: number, values: readonly number[]) =>
    traceOf(
      't',
      values.map((value, index) => ({ at: index * stepMs, value })),
    );

  it('is interpolated where the trace is coarser', () => {
    expect([...ticksOf(trace(2 * MINUTE, [0, 4, 8]), 60, 1)]).toEqual([0, 2, 4, 6, 8, 8]);
  });

  it('is averaged where the trace is finer', () => {
    expect([...ticksOf(trace(MINUTE / 2, [0, 4, 8, 10]), 60, 1)]).toEqual([2, 9]);
  });

  it('is scaled so that its 99th percentile needs the peak servers', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    const demand = demandOf(trace(MINUTE, values), { tickSeconds: 60, peakServers: 40, days: 14 });
    expect(demand[98]).toBeCloseTo(40);
  });
});
