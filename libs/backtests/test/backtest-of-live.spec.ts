import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { type Policy, TARGET_TRACKING_DEFAULTS, type ThresholdPolicy } from '#engine';
import type { BacktestDetailDto } from '../src/backtest.dto.js';
import { phaseOf } from '#scaler';
import { ALICE, BacktestProcess } from './backtest-harness.js';
import { INTERVAL_MS, LoopProcess, Surroundings } from '../../scaler/test/loop-harness.js';
import { TickProvider } from '../../scaler/test/tick-provider.js';

const MINUTE_MS = 60_000;
const WAKES_A_MINUTE = MINUTE_MS / INTERVAL_MS;
/** Short enough for every minute to be a point of the chart. */
const MINUTES = 240;
const PROVISION_MS = 120_000;
const SLO: Policy = { mode: 'act', slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } };
const THRESHOLD: ThresholdPolicy = {
  cpuHigh: 80,
  cpuLow: 50,
  memoryHigh: 85,
  // The stub has almost no memory load, which must not prevent removals.
  memoryLow: 40,
  sustainedHighMs: 60_000,
  sustainedLowMs: 300_000,
  trendWindowMs: 300_000,
  spikePoints: 30,
  spikeWindowMs: 60_000,
  emergency: 95,
  scaleUpStep: 2,
  scaleDownStep: 1,
  emergencyStep: 4,
  cooldownUpMs: 120_000,
  cooldownDownMs: 300_000,
};
const POLICIES: readonly (readonly [string, Policy])[] = [
  ['the service level', SLO],
  [
    'target tracking',
    { mode: 'act', targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] } },
  ],
  ['thresholds', { mode: 'act', threshold: THRESHOLD }],
];

let database: TestDatabase;
let around: Surroundings;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(() => {
  around = new Surroundings(database.dataSource);
});

/** Waves and jumps, so that there is something to decide; saturation never lasts long. */
function demandAt(time: number): number {
  const minute = Math.round(time / MINUTE_MS);
  return 9 + 5 * Math.sin(minute / 25) + (minute % 70 < 8 ? 4 : 0) + ((minute * 7919) % 17) / 17;
}

/** A cluster that is ticked at every full minute. */
async function addCluster(policy: Policy): Promise<Cluster> {
  let id = randomUUID();
  while (phaseOf(id, { intervalMs: MINUTE_MS }) <= MINUTE_MS - INTERVAL_MS) id = randomUUID();
  return around.addCluster({ id, policy, bounds: { min: 1, max: 60 }, config: { intervalMs: MINUTE_MS } });
}

/** Runs the real loop against `provider`, on the real database. */
async function live(cluster: Cluster, provider: TickProvider): Promise<void> {
  const service = await LoopProcess.create(around, { target: provider });
  around.reports.set(cluster.id, provider.samples());
  await service.loop.wake();
  for (let minute = 0; minute < MINUTES; minute += 1) {
    for (let wake = 0; wake < WAKES_A_MINUTE; wake += 1) {
      around.clock.advance(INTERVAL_MS);
      if (wake === WAKES_A_MINUTE - 1) around.reports.set(cluster.id, provider.samples());
      await service.loop.wake();
    }
  }
}

/** Start of the tick that ended with the poll at a time. */
function beginOfTick(at: Date): string {
  return new Date(Math.floor(at.getTime() / MINUTE_MS - 1) * MINUTE_MS).toISOString();
}

async function backtested(cluster: Cluster): Promise<BacktestDetailDto> {
  const process = new BacktestProcess(around, cluster).start();
  // The stub reports exact values.
  const { id } = await process.service.create(ALICE, cluster.id, { noise: 0, compare: [], promises: [] });
  const job = await process.ended(cluster.id, id);
  await process.stop();
  return job;
}

describe('a recorded live run', () => {
  it.each(POLICIES)('is decided the same by a backtest of its history: %s', async (_name, policy) => {
    const cluster = await addCluster(policy);
    const provider = new TickProvider(around.clock, demandAt, { tickMs: MINUTE_MS, provisionMs: PROVISION_MS });
    await live(cluster, provider);
    const recorded = await database.dataSource.query<{ at: Date; active: number; desired: number; current: number }[]>(
      `SELECT d.at, o.active, d.desired, d.current FROM decisions d JOIN observations o USING (cluster_id, at)
        WHERE cluster_id = $1 ORDER BY d.at`,
      [cluster.id],
    );
    // A backtest leaves out the current minute.
    expect(recorded).toHaveLength(MINUTES + 1);
    const decided = recorded.slice(0, MINUTES);
    expect(new Set(decided.map(({ current, desired }) => Math.sign(desired - current)))).toEqual(new Set([-1, 0, 1]));
    const { status, request, result } = await backtested(cluster);
    expect(status).toBe('done');
    // As measured during the run.
    expect(request.provisioning).toBe('2m');
    expect(result?.rows[0]?.timeline?.map(({ timestamp, active, desired }) => [timestamp, active, desired])).toEqual(
      decided.map(({ at, active, desired }) => [beginOfTick(at), active, desired]),
    );
  });
});
