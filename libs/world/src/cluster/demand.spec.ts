import { describe, expect, it } from '@jest/globals';
import { estimateDemand, type Observation, observe, type Sample } from '#engine';
import { Random } from '../random.js';
import type { LoadPattern } from '../load/pattern.js';
import { SimulatedCluster } from './cluster.js';
import type { ClusterSpec } from './spec.js';

/** A complete sample. */
type Known = Sample & { readonly cpu: number; readonly memory: number; readonly requestRate: number };

const START = Date.UTC(2026, 0, 5);
const EVERY_MS = 10_000;
const HOUR_TICKS = 360;

interface Estimate {
  /** Offered load in servers' worth. */
  readonly truth: number;
  readonly seen: Observation;
}

interface Scenario {
  readonly spec?: Partial<ClusterSpec>;
  readonly pattern?: LoadPattern;
  /** Changes a sample on its way; `null`: it is lost. */
  readonly onTheWay?: (sample: Known, random: Random) => Sample | null;
  readonly hours?: number;
  readonly onTick?: (cluster: SimulatedCluster, tick: number) => void;
  /** Time to the next poll; constant by default. */
  readonly gapMs?: (random: Random) => number;
}

const DAY: LoadPattern = { kind: 'daily', amplitude: 0.8, peakHour: 14 };

/** Polls a simulated cluster as the loop does, and estimates demand. */
function watch({ spec, pattern = DAY, onTheWay, hours = 24, onTick, gapMs }: Scenario): Estimate[] {
  const cluster = SimulatedCluster.started(
    {
      id: 'web',
      servers: 8,
      baseCpu: 45,
      baseMemory: 40,
      variance: 5,
      capacity: 100,
      noise: 0.02,
      seed: 5,
      provisioning: { kind: 'fixed', ms: 60_000 },
      draining: { kind: 'fixed', ms: 5000 },
      failure: null,
      ...spec,
    },
    pattern,
    START,
  );
  const random = Random.seeded(17);
  const estimates: Estimate[] = [];
  let learned: unknown;
  let now = START;
  for (let tick = 0; tick < hours * HOUR_TICKS; tick++) {
    now += gapMs?.(random) ?? EVERY_MS;
    cluster.advance(now);
    onTick?.(cluster, tick);
    const samples = cluster.readings().flatMap(({ serverId, cpu, memory, requestLoad }) => {
      const sample: Known = { serverId, at: now, cpu, memory, requestRate: requestLoad };
      return onTheWay === undefined ? [sample] : (onTheWay(sample, random) ?? []);
    });
    const seen = observe({ now, intervalMs: EVERY_MS, servers: cluster.servers, samples });
    const estimated = estimateDemand(seen, cluster.servers, learned);
    learned = estimated.learned;
    estimates.push({ truth: cluster.offeredLoad / cluster.spec.capacity, seen: estimated.observation });
  }
  return estimates;
}

/** At night a memory floor cannot be separated from load; the first hours have a test of their own. */
const LEARNING_TICKS = 4 * HOUR_TICKS;

/** Mean of estimate over truth minus one, and the mean absolute error, once load was seen to change. */
function errorsOf(estimates: readonly Estimate[]): { bias: number; error: number } {
  const ratios = estimates.slice(LEARNING_TICKS).map(({ truth, seen }) => seen.demand! / truth - 1);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { bias: mean(ratios), error: mean(ratios.map(Math.abs)) };
}

describe('demand of a simulated cluster', () => {
  it('equals the offered load, all day long, although memory never falls below its floor', () => {
    const estimates = watch({});
    const { bias, error } = errorsOf(estimates);
    expect(Math.abs(bias)).toBeLessThan(0.01);
    expect(error).toBeLessThan(0.01);
    // At night memory is higher than CPU: taking the maximum would be wrong.
    const later = estimates.slice(LEARNING_TICKS);
    const night = later.filter(({ seen }) => seen.memory!.mean > 1.5 * seen.cpu!.mean);
    expect(night.length).toBeGreaterThan(2 * HOUR_TICKS);
    for (const { seen } of night) expect(seen.bottleneck).toBe('cpu');
  });

  it('is at least what memory shows until load was seen to rise and fall', () => {
    const [first] = watch({ hours: 1 });
    expect(first!.seen.bottleneck).toBe('memory');
    expect(first!.seen.demand).toBeGreaterThan(first!.truth);
    expect(first!.seen.demand).toBeLessThanOrEqual((first!.seen.memory!.mean / 100) * 8);
  });

  it('is accurate with noisy, lost and irregular samples', () => {
    const { bias, error } = errorsOf(
      watch({
        spec: { variance: 15 },
        gapMs: (random) => 1000 + 30_000 * random.next(),
        onTheWay: (sample, random) =>
          random.next() < 0.3
            ? null
            : {
                ...sample,
                cpu: Math.min(100, Math.max(0, sample.cpu + 4 * random.normal())),
                memory: Math.min(100, Math.max(0, sample.memory + 4 * random.normal())),
                requestRate: sample.requestRate * (1 + 0.05 * random.normal()),
              },
      }),
    );
    expect(Math.abs(bias)).toBeLessThan(0.03);
    expect(error).toBeLessThan(0.08);
  });

  it('is accurate where some servers have twice the capacity and requests are balanced evenly', () => {
    // Three of eight servers have a capacity of 200 requests per second instead of 100; the mean is 137.5.
    const estimates = watch({
      spec: { variance: 2, baseCpu: 35 },
      onTheWay: (sample) => {
        const isBig = Number(/\d+$/.exec(sample.serverId)![0]) % 3 === 0;
        return isBig ? { ...sample, cpu: sample.cpu / 2 } : sample;
      },
    });
    const big = estimates[0]!.seen.samples.filter(({ serverId }) => Number(/\d+$/.exec(serverId)![0]) % 3 === 0).length;
    const average = (100 * (8 - big) + 200 * big) / 8;
    const ratios = estimates
      .slice(HOUR_TICKS)
      .map(({ truth, seen }) => (seen.demand! * average) / (truth * 100) - 1)
      .map(Math.abs);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(0.04);
    // What a plain mean of CPU would give.
    const plain = estimates
      .slice(HOUR_TICKS)
      .map(({ truth, seen }) => ((seen.cpu!.mean / 100) * 8 * average) / (truth * 100) - 1);
    expect(plain.reduce((sum, ratio) => sum + ratio, 0) / plain.length).toBeGreaterThan(0.08);
  });

  it('is a lower bound in saturation, and never above the offered load', () => {
    const estimates = watch({
      hours: 4,
      onTick: (cluster, tick) => {
        if (tick === 2 * HOUR_TICKS) {
          const load = { cpuTarget: 160, durationMs: 1_800_000, rampUpMs: 60_000, rampDownMs: 60_000 };
          cluster.addSpike(load, cluster.now);
        }
      },
    });
    const saturated = estimates.filter(({ seen }) => seen.saturated);
    expect(saturated.length).toBeGreaterThan(100);
    for (const { truth, seen } of saturated) {
      expect(seen.demand).toBeLessThanOrEqual(1.02 * truth);
      expect(seen.demand).toBeGreaterThan(0.95 * seen.servers.active);
    }
  });

  it('equals the offered load in saturation, too, if the source counts requests before they are rejected', () => {
    let offered = 0;
    const estimates = watch({
      hours: 4,
      onTick: (cluster, tick) => {
        if (tick === 2 * HOUR_TICKS) {
          const load = { cpuTarget: 160, durationMs: 1_800_000, rampUpMs: 60_000, rampDownMs: 60_000 };
          cluster.addSpike(load, cluster.now);
        }
        offered = cluster.offeredLoad / cluster.counts.active;
      },
      onTheWay: (sample) => ({ ...sample, requestRate: sample.cpu >= 98 ? offered : sample.requestRate }),
    });
    const saturated = estimates.filter(({ truth }) => truth > 1.2 * 8);
    expect(saturated.length).toBeGreaterThan(100);
    for (const { truth, seen } of saturated) {
      expect(seen.bottleneck).toBe('request_rate');
      expect(Math.abs(seen.demand! / truth - 1)).toBeLessThan(0.05);
    }
  });

  it('follows memory where memory is the bottleneck', () => {
    // Full at 60 % of CPU; the rest of the day load is lower.
    const estimates = watch({
      onTheWay: (sample) => ({ ...sample, memory: Math.min(100, 10 + 1.5 * sample.cpu) }),
      spec: { baseCpu: 30 },
    });
    const ratios = estimates
      .slice(HOUR_TICKS)
      .filter(({ seen }) => seen.memory!.mean < 95)
      .map(({ truth, seen }) => seen.demand! / (truth / 0.6) - 1);
    expect(Math.abs(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length)).toBeLessThan(0.03);
  });
});
