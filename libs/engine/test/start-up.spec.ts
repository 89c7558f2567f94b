import { describe, expect, it } from '@jest/globals';
import {
  estimateDemand,
  initialState,
  learnedWarmUpMs,
  observe,
  settle,
  TARGET_TRACKING_DEFAULTS,
  tick,
} from '../src/index.js';
import type { Observation, Policy, Sample, Server } from '../src/index.js';
import { inputOf, INTERVAL_MS, START } from './scenario.js';

const MINUTE_MS = 60_000;
const PROVISION_MS = 90_000;
const CAPACITY = 200;
const MOST = 200;
const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };

const THRESHOLD = {
  cpuHigh: 80,
  cpuLow: 30,
  memoryHigh: 80,
  memoryLow: 40,
  sustainedHighMs: 60_000,
  sustainedLowMs: 300_000,
  trendWindowMs: 300_000,
  spikePoints: 20,
  spikeWindowMs: 60_000,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 60_000,
  cooldownDownMs: 300_000,
};

interface World {
  /** Servers use all of their CPU for this long after their start, regardless of their load. */
  readonly startUpMs: number;
  /** Whether the source reports requests per second. */
  readonly tellsRequests: boolean;
  readonly warmupMs?: number;
  readonly policy?: Policy;
}

interface MutableServer {
  readonly id: string;
  readonly activeAt: number;
}

/** A cluster of ten servers, two minutes old, whose load rises from 6 to 12 servers; the world grants every request. */
class StartingCluster {
  state = initialState();
  learned: unknown;
  private servers: MutableServer[];
  private now = START;
  private created = 0;

  /** @param ageMs how long its ten servers have been active */
  constructor(
    private readonly world: World,
    ageMs = 10 * MINUTE_MS,
  ) {
    this.servers = Array.from({ length: 10 }, () => this.server(START - ageMs));
  }

  get count(): number {
    return this.servers.length;
  }

  /** @returns observations and desired counts */
  run(ms: number, load: number): { readonly seen: readonly Observation[]; readonly desired: readonly number[] } {
    const seen: Observation[] = [];
    const desired: number[] = [];
    for (const end = this.now + ms; this.now < end; this.now += INTERVAL_MS) {
      const observation = this.look(load);
      seen.push(observation);
      const { active, provisioning } = observation.servers;
      const { policy = SLO } = this.world;
      const rest = { observation, bounds: { min: 1, max: MOST } };
      const output = tick(inputOf({ active, provisioning }, policy, this.state, this.now, rest));
      const { decision, state } = output;
      this.state = settle(state, decision.desired - decision.reference, this.now);
      this.scale(decision.desired);
      desired.push(decision.desired);
    }
    return { seen, desired };
  }

  private look(load: number): Observation {
    const { startUpMs, tellsRequests, warmupMs = learnedWarmUpMs(this.learned) } = this.world;
    const { now } = this;
    const servers = this.servers.map(({ id, activeAt }): Server => {
      return activeAt <= now ? { id, state: 'ACTIVE', activeAt } : { id, state: 'PROVISIONING' };
    });
    const active = this.servers.filter(({ activeAt }) => activeAt <= now);
    const share = Math.min(1, load / active.length);
    const samples = active.map(({ id, activeAt }): Sample => {
      const isStarting = now - activeAt < startUpMs;
      const requestRate = tellsRequests ? share * CAPACITY : null;
      return { serverId: id, at: now, cpu: isStarting ? 100 : 100 * share, memory: 30, requestRate };
    });
    const seen = observe({ now, intervalMs: INTERVAL_MS, warmupMs, servers, samples });
    const { observation, learned } = estimateDemand(seen, servers, this.learned);
    // As restored from the database.
    this.learned = JSON.parse(JSON.stringify(learned));
    return observation;
  }

  private scale(desired: number): void {
    while (this.servers.length < desired) this.servers.push(this.server(this.now + PROVISION_MS));
    this.servers.length = desired;
  }

  private server(activeAt: number): MutableServer {
    this.created += 1;
    return { id: `s${this.created}`, activeAt };
  }
}

function play(world: World): { readonly highest: number; readonly last: number } {
  const cluster = new StartingCluster(world);
  cluster.run(2 * MINUTE_MS, 6);
  const { desired } = cluster.run(40 * MINUTE_MS, 12);
  return { highest: Math.max(...desired), last: desired.at(-1)! };
}

describe('servers that use all of their CPU while they start', () => {
  const quiet = play({ startUpMs: 0, tellsRequests: true });

  it('cause no problem if there are none', () => {
    expect(quiet.highest).toBeLessThanOrEqual(44);
    expect(quiet.last).toBeLessThanOrEqual(20);
    expect(quiet.last).toBeGreaterThanOrEqual(14);
  });

  it.each([
    ['that tells requests', { startUpMs: 60_000, tellsRequests: true }],
    ['that does not', { startUpMs: 60_000, tellsRequests: false }],
    ['whose warm-up is configured', { startUpMs: 180_000, tellsRequests: false, warmupMs: 200_000 }],
    ['whose warm-up is longer than assumed, and learned', { startUpMs: 180_000, tellsRequests: true }],
  ])('are not counted as load, with a source %s', (_name, world) => {
    const { highest, last } = play(world);
    expect(highest).toBeLessThanOrEqual(quiet.highest);
    expect(Math.abs(last - quiet.last)).toBeLessThanOrEqual(1);
  });

  it('do not make the threshold policy add servers', () => {
    const policy: Policy = { threshold: THRESHOLD, mode: 'act' };
    const without = play({ startUpMs: 0, tellsRequests: false, policy });
    const { highest } = play({ startUpMs: 60_000, tellsRequests: false, policy });
    expect(highest).toBeLessThanOrEqual(without.highest + 2);
  });

  it('hide nothing while all servers are new, and still count', () => {
    const servers: Server[] = ['a', 'b', 'c', 'd'].map((id) => ({ id, state: 'ACTIVE', activeAt: START - 10_000 }));
    const samples = servers.map(({ id }) => ({ serverId: id, at: START, cpu: 100, memory: 30, requestRate: null }));
    const seen = observe({ now: START, intervalMs: INTERVAL_MS, warmupMs: MINUTE_MS, servers, samples });
    expect(estimateDemand(seen, servers, undefined).observation).toMatchObject({ demand: 3.88, saturated: false });
  });
});

describe('a new cluster', () => {
  const targetTracking = { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] } as const;

  it.each<[string, Policy]>([
    ['slo', SLO],
    ['target_tracking', { targetTracking, mode: 'act' }],
    ['threshold', { threshold: THRESHOLD, mode: 'act' }],
  ])('is scaled within six ticks by %s when its servers are at 95 %% CPU', (_name, policy) => {
    const world = { startUpMs: 0, policy };
    for (const tellsRequests of [true, false]) {
      const cluster = new StartingCluster({ ...world, tellsRequests }, 0);
      const { seen, desired } = cluster.run(6 * INTERVAL_MS, 9.5);
      expect(seen.every(({ warming }) => warming === 10)).toBe(true);
      expect(Math.max(...desired)).toBeGreaterThan(10);
    }
  });
});

describe('the warm-up', () => {
  it('is assumed until it was observed', () => {
    expect(learnedWarmUpMs(undefined)).toBe(90_000);
    expect(learnedWarmUpMs({ warmUp: { looks: [1], excess: 'x' } })).toBe(90_000);
  });

  it.each([0, 30_000, 60_000, 180_000])('is learned where requests show the load: %i ms', (startUpMs) => {
    const cluster = new StartingCluster({ startUpMs, tellsRequests: true });
    cluster.run(2 * MINUTE_MS, 6);
    cluster.run(30 * MINUTE_MS, 12);
    cluster.run(30 * MINUTE_MS, 30);
    const learned = learnedWarmUpMs(cluster.learned);
    expect(learned).toBeGreaterThanOrEqual(startUpMs);
    expect(learned).toBeLessThanOrEqual(startUpMs + 15_000);
  });

  it('stays as assumed where nothing shows the load', () => {
    const cluster = new StartingCluster({ startUpMs: 0, tellsRequests: false });
    cluster.run(2 * MINUTE_MS, 6);
    cluster.run(20 * MINUTE_MS, 12);
    expect(learnedWarmUpMs(cluster.learned)).toBe(90_000);
  });
});
