import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LoadPattern } from '../load/pattern.js';
import { traceOf } from '../load/trace.js';
import { SimulatedCluster } from './cluster.js';
import type { ClusterSpec } from './spec.js';

const START = Date.parse('2026-01-05T12:00:00Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const steady: LoadPattern = { kind: 'steady' };
const spec: ClusterSpec = {
  id: 'web',
  servers: 4,
  baseCpu: 50,
  baseMemory: 40,
  variance: 0,
  capacity: 100,
  noise: 0,
  seed: 11,
  provisioning: { kind: 'fixed', ms: 2 * MINUTE },
  draining: { kind: 'fixed', ms: MINUTE },
  failure: null,
};
const started = (changes: Partial<ClusterSpec> = {}, pattern = steady) =>
  SimulatedCluster.started({ ...spec, ...changes }, pattern, START);
const meanCpu = (cluster: SimulatedCluster) => {
  const readings = cluster.readings();
  return readings.reduce((sum, { cpu }) => sum + cpu, 0) / readings.length;
};

describe('CPU', () => {
  it('is the base CPU for the initial servers under the base load', () => {
    const cluster = started();
    expect(cluster.readings()).toEqual(
      [1, 2, 3, 4].map((number) => ({ serverId: `web-${number}`, cpu: 50, memory: 40, requestLoad: 50 })),
    );
  });

  it('falls when servers become active, not when they are requested', () => {
    const cluster = started();
    cluster.setDesired(8, START);
    cluster.advance(START + 2 * MINUTE - 1);
    expect([cluster.counts, meanCpu(cluster)]).toEqual([{ provisioning: 4, active: 4, draining: 0 }, 50]);
    cluster.advance(START + 2 * MINUTE);
    expect([cluster.counts, meanCpu(cluster)]).toEqual([{ provisioning: 0, active: 8, draining: 0 }, 25]);
  });

  it('falls with the number of servers, at any load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 5, max: 95 }),
        (few, more, baseCpu) => {
          const cpuOf = (count: number) => {
            const cluster = started({ baseCpu });
            cluster.setDesired(count, START);
            cluster.advance(START + 2 * MINUTE);
            return meanCpu(cluster);
          };
          expect(cpuOf(few + more)).toBeLessThanOrEqual(cpuOf(few));
        },
      ),
    );
  });

  it('varies between servers by the variance, within 0 and 100 %, around the same mean', () => {
    for (const [baseCpu, variance] of [
      [50, 10],
      [97, 10],
      [2, 30],
    ] as const) {
      const cluster = started({ baseCpu, variance });
      for (let second = 1; second <= 100; second++) {
        cluster.advance(START + second * SECOND);
        const readings = cluster.readings();
        expect(meanCpu(cluster)).toBeCloseTo(baseCpu);
        for (const { cpu, requestLoad } of readings) {
          expect(Math.abs(cpu - baseCpu)).toBeLessThanOrEqual(2 * variance);
          expect(cpu).toBeGreaterThanOrEqual(0);
          expect(cpu).toBeLessThanOrEqual(100);
          expect(requestLoad).toBeCloseTo(cpu);
        }
        expect(new Set(readings.map(({ cpu }) => cpu)).size).toBe(4);
      }
    }
  });
});

describe('saturation', () => {
  it('serves up to capacity and drops the rest', () => {
    const cluster = started({ baseCpu: 150, variance: 10 });
    cluster.advance(START + 10 * SECOND);
    expect([cluster.offeredLoad, cluster.servedLoad, meanCpu(cluster)]).toEqual([600, 400, 100]);
    expect(cluster.totals).toEqual({ offered: 6000, served: 4000, dropped: 2000 });
  });

  it('drops everything while no server is active', () => {
    const cluster = started();
    cluster.crash(4, START);
    cluster.advance(START + 10 * SECOND);
    expect(cluster.readings()).toEqual([]);
    expect(cluster.totals).toEqual({ offered: 2000, served: 0, dropped: 2000 });
  });
});

describe('memory', () => {
  it('follows CPU partially and with a delay', () => {
    const cluster = started({ baseCpu: 40 });
    cluster.addSpike({ cpuTarget: 100, durationMs: 60 * MINUTE, rampUpMs: 0, rampDownMs: 0 }, START);
    const memoryAfter = (minutes: number) => {
      cluster.advance(START + minutes * MINUTE);
      return cluster.readings()[0]!.memory;
    };
    expect(memoryAfter(0)).toBe(40);
    expect(memoryAfter(1)).toBeGreaterThan(41);
    expect(memoryAfter(1)).toBeLessThan(46);
    expect(memoryAfter(50)).toBeCloseTo(58, 1);
  });

  it('of a new server starts lower and catches up', () => {
    const cluster = started();
    cluster.setDesired(5, START);
    const lagAfter = (minutes: number) => {
      cluster.advance(START + minutes * MINUTE);
      return cluster.readings()[0]!.memory - cluster.readings()[4]!.memory;
    };
    expect(lagAfter(2)).toBeCloseTo(16);
    expect(lagAfter(7)).toBeLessThan(8);
    expect(lagAfter(60)).toBeCloseTo(0, 1);
  });
});

describe('load', () => {
  it('spikes raise the existing servers to the requested CPU and end on time', () => {
    const cluster = started();
    cluster.addSpike({ cpuTarget: 90, durationMs: 5 * MINUTE, rampUpMs: MINUTE, rampDownMs: 0 }, START);
    const cpuAfter = (seconds: number) => {
      cluster.advance(START + seconds * SECOND);
      return meanCpu(cluster);
    };
    expect([0, 30, 60, 299, 300].map(cpuAfter)).toEqual([50, 70, 90, 90, 50].map((cpu) => expect.closeTo(cpu)));
    expect(cluster.activeSpikes).toEqual([]);
  });

  it('another pattern starts from the same base load', () => {
    const cluster = started();
    const rise: LoadPattern = { kind: 'gradual_rise', factor: 2, periodMs: 10 * MINUTE };
    cluster.setPattern(rise, START + MINUTE);
    cluster.advance(START + 6 * MINUTE);
    expect(meanCpu(cluster)).toBeCloseTo(75);
    cluster.tune({ baseCpu: 25 }, START + 6 * MINUTE);
    expect(meanCpu(cluster)).toBeCloseTo(37.5);
    cluster.setPattern(rise, START + 6 * MINUTE, { compression: 5, noise: 0 });
    cluster.advance(START + 7 * MINUTE);
    expect(meanCpu(cluster)).toBeCloseTo(37.5);
  });

  it('noise changes the load but not the number of draws', () => {
    const cluster = started({ noise: 0.1 });
    const seen = Array.from({ length: 50 }, (_, second) => {
      cluster.advance(START + second * SECOND);
      return meanCpu(cluster);
    });
    expect(Math.max(...seen)).toBeLessThanOrEqual(55);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(45);
    expect(new Set(seen).size).toBeGreaterThan(40);
    expect(cluster.snapshot().fleet.random).toEqual(started().snapshot().fleet.random);
  });
});

describe('time', () => {
  it('never goes back', () => {
    const cluster = started();
    cluster.advance(START + SECOND);
    expect(() => cluster.advance(START)).toThrow(RangeError);
    expect(() => cluster.advance(Number.NaN)).toThrow(RangeError);
  });
});

type Command = { readonly after: number } & (
  | { readonly kind: 'desired'; readonly count: number }
  | { readonly kind: 'crash'; readonly count: number }
  | { readonly kind: 'spike'; readonly cpuTarget: number }
  | { readonly kind: 'pattern'; readonly periodMs: number }
);

const hourly = traceOf(
  'hourly',
  [10, 300, 50].map((value, hour) => ({ at: hour * 60 * MINUTE, value })),
);
const restless: ClusterSpec = {
  ...spec,
  variance: 5,
  noise: 0.05,
  provisioning: { kind: 'lognormal', medianMs: 2 * MINUTE, spread: 0.3 },
  draining: { kind: 'uniform', minMs: 0, maxMs: 40 * SECOND },
  failure: { kind: 'exponential', meanMs: 20 * MINUTE },
};
const after = fc.integer({ min: 0, max: 5 * MINUTE });
const count = fc.integer({ min: 0, max: 12 });
const commandArbitrary: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ after, kind: fc.constant('desired' as const), count }),
  fc.record({ after, kind: fc.constant('crash' as const), count }),
  fc.record({
    after,
    kind: fc.constant('spike' as const),
    cpuTarget: fc.integer({ min: 10, max: 300 }),
  }),
  fc.record({
    after,
    kind: fc.constant('pattern' as const),
    periodMs: fc.integer({ min: 1000, max: 10 * MINUTE }),
  }),
);

/** Runs the commands, reading the cluster `looks` times before each, and for ten minutes after the last. */
function run(commands: readonly Command[], looks: number, cluster: SimulatedCluster): SimulatedCluster {
  let at = START;
  const goTo = (to: number) => {
    for (let look = 1; look <= looks; look++) {
      cluster.advance(at + Math.floor(((to - at) * look) / (looks + 1)));
      cluster.readings();
      cluster.snapshot();
    }
    cluster.advance(to);
    at = to;
  };
  for (const command of commands) {
    goTo(at + command.after);
    if (command.kind === 'desired') cluster.setDesired(command.count, at);
    else if (command.kind === 'crash') cluster.crash(command.count, at);
    else if (command.kind === 'spike') {
      cluster.addSpike({ cpuTarget: command.cpuTarget, durationMs: 3 * MINUTE, rampUpMs: MINUTE, rampDownMs: 0 }, at);
    } else
      cluster.setPattern({ kind: 'sine_wave', amplitude: 0.5, periodMs: command.periodMs }, at, { compression: 3 });
  }
  goTo(at + 10 * MINUTE);
  return cluster;
}

describe('properties', () => {
  const traced: LoadPattern = { kind: 'trace', trace: hourly, scale: 1, offsetMs: 0 };
  const fresh = (pattern = traced) => SimulatedCluster.started(restless, pattern, START);

  it('reading often or rarely gives the same state and the same draws', () => {
    fc.assert(
      fc.property(fc.array(commandArbitrary, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (commands, looks) => {
        const often = run(commands, looks, fresh());
        const seldom = run(commands, 0, fresh());
        expect(often.snapshot()).toEqual(seldom.snapshot());
        expect(often.readings()).toEqual(seldom.readings());
        expect(often.totals).toEqual(seldom.totals);
      }),
    );
  });

  it('the same seed gives the same run, another seed another', () => {
    const commands: Command[] = [{ after: MINUTE, kind: 'desired', count: 9 }];
    expect(run(commands, 0, fresh()).snapshot()).toEqual(run(commands, 0, fresh()).snapshot());
    const other = SimulatedCluster.started({ ...restless, seed: 12 }, traced, START);
    expect(run(commands, 0, other).snapshot().fleet).not.toEqual(run(commands, 0, fresh()).snapshot().fleet);
  });

  it('a cluster restored from its snapshot continues unchanged', () => {
    fc.assert(
      fc.property(
        fc.array(commandArbitrary, { maxLength: 6 }),
        fc.integer({ min: 0, max: 20 * MINUTE }),
        (commands, later) => {
          const kept = run(commands, 0, fresh());
          const saved = JSON.parse(JSON.stringify(kept.snapshot())) as ReturnType<typeof kept.snapshot>;
          const pattern = saved.pattern.kind === 'trace' ? { ...saved.pattern, trace: hourly } : saved.pattern;
          const restored = SimulatedCluster.restored(saved, pattern);
          for (const cluster of [kept, restored]) cluster.setDesired(7, cluster.now + later);
          for (const cluster of [kept, restored]) cluster.advance(cluster.now + 30 * MINUTE);
          expect(restored.snapshot()).toEqual(kept.snapshot());
          expect(restored.readings()).toEqual(kept.readings());
        },
      ),
    );
  });

  it('served and dropped requests add up to the offered ones, and no server exceeds its capacity', () => {
    fc.assert(
      fc.property(fc.array(commandArbitrary, { maxLength: 6 }), (commands) => {
        const cluster = run(commands, 2, fresh());
        const { offered, served, dropped } = cluster.totals;
        expect(served + dropped).toBeCloseTo(offered, 6);
        expect(Math.min(offered, served, dropped)).toBeGreaterThanOrEqual(0);
        const readings = cluster.readings();
        expect(readings.reduce((sum, { requestLoad }) => sum + requestLoad, 0)).toBeCloseTo(cluster.servedLoad);
        for (const { requestLoad } of readings) expect(requestLoad).toBeLessThanOrEqual(100 + 1e-9);
      }),
    );
  });
});
