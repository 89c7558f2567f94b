import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { observe } from '../observe.js';
import type { Observation, Sample, Server } from '../types.js';
import { type DemandModel, estimateDemand } from './estimate.js';

const START = Date.UTC(2026, 0, 5);
const EVERY_MS = 10_000;

interface Reading {
  readonly cpu: number;
  readonly memory?: number;
  readonly rate?: number;
}

function serversOf(count: number): Server[] {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, state: 'ACTIVE' as const }));
}

/** A cluster that is observed repeatedly; `null`: a silent server. */
class Watched {
  learned: DemandModel | undefined;
  now = START;

  look(readings: readonly (Reading | null)[]): Observation {
    const servers = serversOf(readings.length);
    const samples = readings.flatMap((reading, index): Sample[] =>
      reading === null
        ? []
        : [
            {
              serverId: `s${index}`,
              at: this.now,
              cpu: reading.cpu,
              memory: reading.memory ?? 20,
              requestRate: reading.rate ?? 2 * reading.cpu,
            },
          ],
    );
    const seen = observe({ now: this.now, intervalMs: EVERY_MS, servers, samples });
    const { observation, learned } = estimateDemand(seen, servers, this.learned);
    this.learned = learned;
    this.now += EVERY_MS;
    return observation;
  }

  /** After a restart, from the stored state. */
  restarted(): Watched {
    const next = new Watched();
    next.learned = JSON.parse(JSON.stringify(this.learned)) as DemandModel;
    next.now = this.now;
    return next;
  }

  looks(count: number, readings: (tick: number) => readonly (Reading | null)[]): Observation {
    let last = this.look(readings(0));
    for (let tick = 1; tick < count; tick++) last = this.look(readings(tick));
    return last;
  }
}

/** CPU that rises and falls, percent. */
const wave = (tick: number, low = 10, high = 60): number =>
  low + (high - low) * (0.5 + 0.5 * Math.sin((2 * Math.PI * tick) / 97));

describe('demand from CPU', () => {
  it('is exactly mean CPU times active servers while servers are alike and memory is not scarce', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 5 }),
        (cpus, silent) => {
          const watched = new Watched();
          const readings = [...cpus.map((cpu) => ({ cpu, memory: 0 })), ...Array<null>(silent).fill(null)];
          const seen = watched.look(readings);
          const byMean = (seen.cpu!.mean / 100) * readings.length;
          // If half of the servers are full, the others do not compensate.
          expect(seen.saturated ? Math.min(byMean, seen.demand!) : seen.demand).toBe(byMean);
          expect(seen.bottleneck).toBe('cpu');
        },
      ),
    );
  });

  it('is unknown while no server reports, and learned state is kept', () => {
    const watched = new Watched();
    watched.looks(50, (tick) => [{ cpu: wave(tick) }, { cpu: wave(tick) }]);
    const before = watched.learned;
    expect(watched.look([null, null]).demand).toBeNull();
    expect(watched.learned).toEqual(before);
  });

  it('is not biased by a server with more capacity', () => {
    const watched = new Watched();
    // The big server has three times the capacity: a third of the CPU for the same requests.
    const all = (tick: number): Reading[] => [
      { cpu: wave(tick) / 3, rate: 100 * wave(tick) },
      { cpu: wave(tick), rate: 100 * wave(tick) },
      { cpu: wave(tick), rate: 100 * wave(tick) },
    ];
    watched.looks(200, all);
    const [big, ...small] = all(0);
    const truth = (3 * big!.cpu + small[0]!.cpu + small[1]!.cpu) / 100 / (5 / 3);
    const restarted = watched.restarted();
    const estimate = watched.look([big!, ...small]).demand;
    expect(estimate).toBeCloseTo(truth, 1);
    expect(restarted.look([big!, ...small]).demand).toBeCloseTo(estimate!, 9);
    // Mean CPU times servers would be a third too high.
    expect((big!.cpu + small[0]!.cpu + small[1]!.cpu) / 100).toBeGreaterThan(1.25 * truth);
  });

  it('does not mistake noise for unequal servers', () => {
    const watched = new Watched();
    let draw = 1;
    const noise = (): number => {
      draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0;
      return 1 + 0.2 * (draw / 2 ** 32 - 0.5);
    };
    watched.looks(300, (tick) =>
      Array.from({ length: 5 }, () => ({ cpu: wave(tick) * noise(), rate: 200 * wave(tick) * noise() })),
    );
    // Equal servers are not stored.
    expect(JSON.stringify(watched.learned)).not.toContain('s0');
    const seen = watched.look(Array.from({ length: 5 }, () => ({ cpu: 40 * noise(), rate: 80 })));
    expect(seen.demand).toBe((seen.cpu!.mean / 100) * 5);
  });
});

describe('demand of a saturated cluster', () => {
  it('is at least the served load', () => {
    const seen = new Watched().look([{ cpu: 100 }, { cpu: 100 }]);
    expect(seen).toMatchObject({ demand: 2, saturated: true });
  });

  it('comes from the request rate if the source counts offered requests', () => {
    const watched = new Watched();
    watched.looks(100, (tick) => [
      { cpu: wave(tick), rate: 2 * wave(tick) },
      { cpu: wave(tick), rate: 2 * wave(tick) },
    ]);
    const seen = watched.look([
      { cpu: 100, rate: 420 },
      { cpu: 100, rate: 380 },
    ]);
    expect(seen.bottleneck).toBe('request_rate');
    expect(seen.saturated).toBe(true);
    expect(seen.demand).toBeCloseTo(4, 1);
  });

  it('rejects implausible request rates', () => {
    const watched = new Watched();
    watched.looks(100, (tick) => [{ cpu: wave(tick) }, { cpu: wave(tick) }]);
    expect(
      watched.look([
        { cpu: 100, rate: 1e12 },
        { cpu: 100, rate: 1e12 },
      ]).demand,
    ).toBe(20);
  });

  it('is a lower bound only if half of the servers are full, regardless of the mean', () => {
    const readings = (full: number): Reading[] =>
      Array.from({ length: 10 }, (_, index) => ({ cpu: index < full ? 100 : 20 }));
    expect(new Watched().look(readings(5)).saturated).toBe(true);
    expect(new Watched().look(readings(4)).saturated).toBe(false);
  });

  it('is not learned from', () => {
    const watched = new Watched();
    watched.looks(50, (tick) => [{ cpu: wave(tick) }, { cpu: wave(tick) }]);
    const before = watched.learned;
    watched.look([
      { cpu: 100, memory: 99 },
      { cpu: 100, memory: 99 },
    ]);
    expect(watched.learned).toEqual(before);
  });
});

describe('demand from memory', () => {
  it('is used before there is evidence of a floor', () => {
    const seen = new Watched().look([
      { cpu: 20, memory: 85 },
      { cpu: 20, memory: 85 },
    ]);
    expect(seen.bottleneck).toBe('memory');
    expect(seen.demand).toBeGreaterThan(1.6);
  });

  it.each([70, 85, 95])('ignores a floor of %i %% that does not depend on load', (floor) => {
    const watched = new Watched();
    const seen = watched.looks(400, (tick) => [
      { cpu: wave(tick), memory: floor + (tick % 3) - 1 },
      { cpu: wave(tick), memory: floor + (tick % 5) - 2 },
    ]);
    expect(seen.bottleneck).toBe('cpu');
    expect(seen.demand).toBeCloseTo((seen.cpu!.mean / 100) * 2, 9);
  });

  it('is the part above the floor where memory is the bottleneck', () => {
    const watched = new Watched();
    // Full at 60 % CPU: floor 10 %, plus 1.5 points per point of CPU.
    const memory = (cpu: number): number => 10 + 1.5 * cpu;
    watched.looks(400, (tick) => [
      { cpu: wave(tick, 5, 55), memory: memory(wave(tick, 5, 55)) },
      { cpu: wave(tick, 5, 55), memory: memory(wave(tick, 5, 55)) },
    ]);
    const seen = watched.look([
      { cpu: 30, memory: memory(30) },
      { cpu: 30, memory: memory(30) },
    ]);
    expect(seen.bottleneck).toBe('memory');
    // At 30 % CPU, half of the load that fits is present.
    expect(seen.demand).toBeCloseTo(1, 1);
  });

  it('includes memory beyond what load explains', () => {
    const watched = new Watched();
    const memory = (cpu: number): number => 20 + 0.6 * cpu;
    watched.looks(400, (tick) => [{ cpu: wave(tick), memory: memory(wave(tick)) }]);
    const calm = watched.look([{ cpu: 30, memory: memory(30) }]);
    const leaking = watched.look([{ cpu: 30, memory: 90 }]);
    expect(calm.bottleneck).toBe('cpu');
    expect(leaking.bottleneck).toBe('memory');
    expect(leaking.demand).toBeGreaterThan(0.8);
  });

  it('follows a release that changes the floor, within a day', () => {
    const watched = new Watched();
    watched.looks(500, (tick) => [{ cpu: wave(tick), memory: 20 + 0.2 * wave(tick) }]);
    // Ticks are ten seconds apart: a day and a half.
    const seen = watched.looks(13_000, (tick) => [{ cpu: wave(tick), memory: 80 + 0.2 * wave(tick, 0, 50) }]);
    expect(seen.bottleneck).toBe('cpu');
  });
});

describe('any estimate', () => {
  const reading = fc.record({
    cpu: fc.double({ min: 0, max: 101, noNaN: true }),
    memory: fc.double({ min: 0, max: 101, noNaN: true }),
    rate: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  const looks = fc.array(fc.array(fc.option(reading, { freq: 5 }), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 40,
  });

  it('is a plausible number, or unknown', () => {
    fc.assert(
      fc.property(looks, (readings) => {
        const watched = new Watched();
        for (const one of readings) {
          const { demand, servers, reporting, saturated } = watched.look(one);
          const most = (saturated ? 10 : 1.02) * servers.active;
          expect(reporting === 0 ? demand === null : demand !== null && demand >= 0 && demand <= most).toBe(true);
        }
      }),
    );
  });

  it('is deterministic', () => {
    fc.assert(
      fc.property(looks, (readings) => {
        const [first, second] = [new Watched(), new Watched()];
        for (const one of readings) expect(first.look(one)).toEqual(second.look(one));
      }),
      { numRuns: 30 },
    );
  });

  it('starts from nothing if the stored state is not its own', () => {
    const servers = serversOf(1);
    const samples = [{ serverId: 's0', at: START, cpu: 50, memory: 10, requestRate: 1 }];
    const seen = observe({ now: START, intervalMs: EVERY_MS, servers, samples });
    const fresh = estimateDemand(seen, servers, undefined);
    for (const damaged of [null, 7, 'x', {}, { version: 2 }, { version: 1, memory: 3 }]) {
      expect(estimateDemand(seen, servers, damaged)).toEqual(fresh);
    }
  });
});
