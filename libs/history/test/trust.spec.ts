import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { serviceLevelOf } from '#engine';
import { observationsIn } from '../../metrics/test/in-database.js';
import { forecastsIn } from '../../scaler/test/in-database.js';
import { LoopProcess, Surroundings } from '../../scaler/test/loop-harness.js';
import { TrustService } from '../src/trust/trust.service.js';

const MINUTE_MS = 60_000;
/** A wake of the harness is ten seconds; a cluster with an interval of a minute is ticked at every sixth. */
const WAKES_A_MINUTE = 6;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

/** Periodic load, so that there is something to learn. */
function swell(minute: number) {
  return {
    cpuTarget: 60 + (minute % 60),
    durationMs: 10 * MINUTE_MS,
    rampUpMs: 4 * MINUTE_MS,
    rampDownMs: MINUTE_MS,
  };
}

describe('a cluster with a service level', () => {
  it("has scores from its records that match the engine's", async () => {
    const around = new Surroundings(database.dataSource);
    const cluster = await around.addCluster({
      policy: { mode: 'act', slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } },
      bounds: { min: 1, max: 50 },
      config: { intervalMs: MINUTE_MS },
    });
    const service = await LoopProcess.create(around);
    await service.loop.wake();
    for (let minute = 0; minute < 130; minute += 1) {
      if (minute % 20 === 0) around.target.world(cluster.id).addSpike(swell(minute), around.clock.now());
      await service.tick(WAKES_A_MINUTE);
    }
    const access = { assertVisible: async () => Promise.resolve() };
    const trust = new TrustService(
      access,
      { find: async () => Promise.resolve(cluster) },
      forecastsIn(database.dataSource),
      observationsIn(database.dataSource),
      around.clock,
    );
    const principal = { id: cluster.ownerId, username: 'owner', role: 'operator', scope: 'own' } as const;
    const { horizons, bucket_seconds, summary, measured } = await trust.get(principal, cluster.id, { range: '6h' });
    const { trust: own } = serviceLevelOf({ policies: service.memory(cluster.id).acting.state })!;
    expect(bucket_seconds).toBe(900);
    expect(measured).toBeNull();
    const settled = horizons.reduce((sum, { total }) => sum + total.settled, 0);
    // Enough for a verdict.
    expect(settled).toBeGreaterThan(60);
    expect(summary).not.toBe('');
    expect(Math.abs(settled - own.settled)).toBeLessThanOrEqual(3);
    // The engine's calibration starts with a prior of six hours; the recorded scores have none.
    const covered = horizons.reduce((sum, { total }) => sum + total.settled * total.coverage['0.9']!, 0);
    const believed = (0.9 * 360 + covered) / (360 + settled);
    expect(own.coverage['0.9']).toBeCloseTo(believed, 1);
    expect((await trust.get(principal, cluster.id, { range: '1h', to: '2020-01-01T00:00:00Z' })).horizons).toEqual([]);
  });
});
