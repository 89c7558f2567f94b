import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { modelOf } from '#engine';
import type { StoredModel } from '#engine';
import { EnginePolicy } from '#world';
import { leadTimeOf } from '../src/loop/tracking.js';
import { LoopProcess, Surroundings } from './loop-harness.js';

const SLO = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const MINUTE_MS = 60_000;
/** A wake of the harness is ten seconds, so a cluster with this interval is ticked at every sixth. */
const WAKES_A_MINUTE = 6;

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  cluster = await around.addCluster({
    policy: { mode: 'act', slo: SLO },
    bounds: { min: 1, max: 50 },
    config: { intervalMs: MINUTE_MS },
  });
});

/** Load that comes and goes, so that there is something to learn and to decide. */
function swell(minute: number): void {
  if (minute % 20 !== 0) return;
  const load = {
    cpuTarget: 60 + (minute % 60),
    durationMs: 10 * MINUTE_MS,
    rampUpMs: 4 * MINUTE_MS,
    rampDownMs: MINUTE_MS,
  };
  around.target.world(cluster.id).addSpike(load, around.clock.now());
}

async function live(service: LoopProcess, minutes: number): Promise<void> {
  await service.loop.wake();
  for (let minute = 0; minute < minutes; minute += 1) {
    swell(minute);
    await service.tick(WAKES_A_MINUTE);
  }
}

function model(service: LoopProcess): StoredModel | null {
  const runtime = service.registry.get(cluster.id);
  return runtime === undefined ? null : modelOf(runtime.engineState);
}

/** Another process on the same database, once it knows what there is to know. */
async function restarted(): Promise<LoopProcess> {
  const service = new LoopProcess(around);
  await service.loop.wake();
  while (model(service) === null) await new Promise((resolve) => setImmediate(resolve));
  return service;
}

describe('a cluster with a service level', () => {
  it('is ticked after a restart as if the process had run through', async () => {
    const first = new LoopProcess(around);
    await live(first, 130);
    const [stored] = await database.dataSource.query<[{ minute: number }]>(
      `SELECT minute FROM cluster_models WHERE cluster_id = $1`,
      [cluster.id],
    );
    const learnt = model(first)!;
    // Something is left to be learnt again, or this would prove nothing.
    expect(stored.minute).toBeLessThan(learnt.minute);
    expect(model(await restarted())).toEqual(learnt);
    // Nothing of the model is in what every tick writes.
    const [{ size }] = await database.dataSource.query<[{ size: number }]>(
      `SELECT length(engine_state::text) AS size FROM cluster_states WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(size).toBeLessThan(2000);
  });

  it('learns again from the history alone, to nearly the same decisions', async () => {
    const first = new LoopProcess(around);
    await live(first, 130);
    await database.dataSource.query(`DELETE FROM cluster_models WHERE cluster_id = $1`, [cluster.id]);
    const second = await restarted();
    // Only the lead time, which was measured on the way, was another at the beginning.
    expect(model(second)!.minute).toBe(model(first)!.minute);
    await second.tick(WAKES_A_MINUTE);
    const [bySecond] = (await around.decisions(cluster.id)).slice(-1);
    await database.dataSource.query(`DELETE FROM decisions WHERE cluster_id = $1 AND at = $2`, [
      cluster.id,
      bySecond!.at,
    ]);
    around.clock.advance(-WAKES_A_MINUTE * 10_000);
    await first.tick(WAKES_A_MINUTE);
    const [byFirst] = (await around.decisions(cluster.id)).slice(-1);
    expect(Math.abs(byFirst!.desired - bySecond!.desired)).toBeLessThanOrEqual(1);
  });

  it('learns from what was observed before it had one', async () => {
    await around.change(cluster.id, { policy: { mode: 'act' } });
    const service = new LoopProcess(around);
    await live(service, 30);
    expect(model(service)).toBeNull();
    await around.change(cluster.id, { policy: { mode: 'act', slo: SLO } });
    while (model(service) === null) {
      await service.loop.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [last] = (await around.decisions(cluster.id)).slice(-1);
    expect(model(service)!.minute).toBe(Math.floor(last!.at.getTime() / MINUTE_MS));
    await service.tick(WAKES_A_MINUTE);
    expect((await around.decisions(cluster.id)).at(-1)?.policy).toBe('slo');
  });

  it('is decided by a backtest as it was live', async () => {
    const service = new LoopProcess(around);
    const policy = new EnginePolicy({ mode: 'act', slo: SLO });
    const leads: number[] = [];
    const measure = (): void => {
      const { tracking } = service.registry.get(cluster.id)!;
      leads.push(leadTimeOf(tracking, around.clock.now())?.plannedMs ?? 120_000);
    };
    await service.loop.wake();
    measure();
    for (let minute = 0; minute < 90; minute += 1) {
      swell(minute);
      await service.tick(WAKES_A_MINUTE);
      measure();
    }
    const observed = await database.dataSource.query<
      { at: Date; scarcest: number; demand: number; active: number; provisioning: number }[]
    >(
      `SELECT at, greatest(cpu, memory) AS scarcest, demand, active, provisioning FROM observations WHERE cluster_id = $1 ORDER BY at`,
      [cluster.id],
    );
    const decided = await around.decisions(cluster.id);
    expect(decided).toHaveLength(observed.length);
    expect(new Set(decided.map(({ action }) => action)).size).toBeGreaterThan(1);
    const backtested = observed.map(({ at, scarcest, demand, active, provisioning }, index) => {
      const desired = policy.desired({
        at: at.getTime(),
        tickSeconds: 60,
        cpu: scarcest / 100,
        served: demand,
        active,
        provisioning,
        min: 1,
        max: 50,
        leadSeconds: leads[index]! / 1000,
      });
      return { action: policy.decision!.action, code: policy.decision!.code, desired };
    });
    expect(backtested).toEqual(decided.map(({ action, code, desired }) => ({ action, code, desired })));
  });
});
