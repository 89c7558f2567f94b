import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { policyFromWire, thresholdDefaults } from '#clusters';
import type { Cluster } from '#clusters';
import { configOf } from '#config';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { modelOf } from '#engine';
import type { Policy } from '#engine';
import { eventually } from '../../../test/support/eventually.js';
import { INTERVAL_MS, LoopProcess, Surroundings } from './loop-harness.js';

const DEFAULTS = thresholdDefaults(configOf({}));
const SLO = policyFromWire({ slo: {} }, DEFAULTS);
/** Adds three servers once CPU was above 55 % for a minute. */
const EAGER = policyFromWire(
  { threshold: { cpu_high: 55, sustained_high: '1m', scale_up_step: 3, cooldown_up: '10m', emergency: 99 } },
  DEFAULTS,
);
const NOTHING = policyFromWire(
  { schedule: { windows: [{ name: 'never', cron: '0 0 1 1 *', duration: '1m', min_servers: 1 }] } },
  DEFAULTS,
);

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  cluster = await around.addCluster({ policy: NOTHING, bounds: { min: 1, max: 20 } });
  around.target.add(cluster.id, { servers: 2, baseCpu: 70, variance: 0, noise: 0 });
});

async function put(policy: Policy | null): Promise<void> {
  const candidate = policy === null ? null : { policy, since: around.clock.now(), by: 'ada' };
  await around.change(cluster.id, { candidate });
}

async function adopt(policy: Policy): Promise<void> {
  await around.change(cluster.id, { policy, candidate: null });
}

async function started(): Promise<LoopProcess> {
  const service = await LoopProcess.create(around);
  await service.loop.wake();
  return service;
}

/** Ticks until the candidate's model is restored. */
async function prepared(service: LoopProcess): Promise<void> {
  await eventually('the candidate is ready', async () => {
    await service.loop.wake();
    return service.memory(cluster.id).candidate?.ready;
  });
}

describe('a policy on trial', () => {
  it('decides next to the acting one, and is never carried out', async () => {
    await put(EAGER);
    const service = await started();
    await service.tick(12);
    const acting = await around.decisions(cluster.id);
    const trial = await around.decisions(cluster.id, 'candidate');
    expect(trial.map(({ at }) => at)).toEqual(acting.map(({ at }) => at));
    expect(new Set(acting.map(({ action }) => action))).toEqual(new Set(['MAINTAIN']));
    expect(trial.at(-1)).toMatchObject({ action: 'SCALE_UP', current: 2, desired: 5, policy: 'threshold' });
    expect(trial.at(-1)?.steps.at(-1)).toMatchObject({ stage: 'mode', code: 'recommend_only' });
    expect(around.target.asked).toEqual([]);
    expect(await around.events(cluster.id)).toEqual([]);
    const candidates = service.told.flatMap((event) => (event.type === 'decision' ? [event.data.candidate] : []));
    expect(candidates.at(-1)).toMatchObject({ action: 'SCALE_UP', desired: 5, policy: 'threshold', code: 'high' });
  });

  it('ignores holds', async () => {
    await put(EAGER);
    await around.hold(cluster.id, 4);
    const service = await started();
    await service.tick(12);
    expect((await around.decisions(cluster.id)).at(-1)?.code).toBe('held_by_hand');
    expect((await around.decisions(cluster.id, 'candidate')).at(-1)?.policy).toBe('threshold');
  });

  it('does not affect the acting one', async () => {
    const other = await around.addCluster({ policy: SLO, bounds: { min: 1, max: 20 } });
    around.target.add(other.id, { servers: 2, baseCpu: 70, variance: 0, noise: 0 });
    await around.change(cluster.id, { policy: SLO });
    await put(EAGER);
    const service = await started();
    await service.tick(60);
    const decided = (id: string) =>
      around.decisions(id).then((list) => list.map(({ action, desired, code }) => ({ action, desired, code })));
    expect(await decided(cluster.id)).toEqual(await decided(other.id));
    expect((await around.decisions(cluster.id, 'candidate')).length).toBeGreaterThan(50);
    expect(await around.decisions(other.id, 'candidate')).toEqual([]);
  });

  it('continues after a restart', async () => {
    await put(EAGER);
    const first = await started();
    // Half of the minute for which CPU must be high.
    await first.tick(3);
    expect((await around.decisions(cluster.id, 'candidate')).at(-1)?.action).toBe('MAINTAIN');
    const second = await LoopProcess.create(around);
    // On its own it would need six.
    await second.tick(4);
    expect((await around.decisions(cluster.id, 'candidate')).at(-1)?.action).toBe('SCALE_UP');
  });

  it.each(['at once', 'after a restart'])('acts with its whole state once it is adopted, %s', async (when) => {
    await put(EAGER);
    const first = await started();
    await first.tick(3);
    await adopt(EAGER);
    const service = when === 'at once' ? first : await LoopProcess.create(around);
    await service.tick(4);
    const [last] = (await around.decisions(cluster.id)).slice(-1);
    expect(last).toMatchObject({ action: 'SCALE_UP', desired: 5, policy: 'threshold' });
    expect(around.target.asked).toEqual([{ clusterId: cluster.id, desired: 5 }]);
    const trial = await around.decisions(cluster.id, 'candidate');
    expect(trial.at(-1)!.at.getTime()).toBeLessThan(last!.at.getTime());
    const [row] = await database.dataSource.query<[{ candidate_state: unknown }]>(
      `SELECT candidate_state FROM cluster_states WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(row.candidate_state).toBeNull();
  });

  it('is dropped when the trial ends, and another one starts from nothing', async () => {
    await put(EAGER);
    const service = await started();
    await service.tick(5);
    await put(null);
    await service.tick(1);
    expect(service.memory(cluster.id).candidate).toBeNull();
    const decided = (await around.decisions(cluster.id, 'candidate')).length;
    await service.tick(3);
    expect(await around.decisions(cluster.id, 'candidate')).toHaveLength(decided);
    await put(EAGER);
    await service.tick(3);
    expect((await around.decisions(cluster.id, 'candidate')).at(-1)?.action).toBe('MAINTAIN');
  });

  it('with a service level knows the whole history at once, as if it had always run', async () => {
    const other = await around.addCluster({ policy: { ...SLO, mode: 'recommend' }, bounds: { min: 1, max: 20 } });
    around.target.add(other.id, { servers: 2, baseCpu: 70, variance: 0, noise: 0 });
    const service = await started();
    await service.tick(90);
    await put(SLO);
    await prepared(service);
    // One step later, both have learned from the same minutes.
    await service.tick(60_000 / INTERVAL_MS);
    const learned = modelOf({ policies: service.memory(cluster.id).candidate!.state });
    const through = modelOf({ policies: service.memory(other.id).acting.state });
    expect(learned!.minute).toBe(through!.minute);
    const desired = async (id: string, role: 'acting' | 'candidate') =>
      (await around.decisions(id, role)).at(-1)?.desired;
    expect(await desired(cluster.id, 'candidate')).toBe(await desired(other.id, 'acting'));
  });
});
