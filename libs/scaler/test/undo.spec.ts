import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '#auth';
import type { Cluster, ClusterRepository } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { TARGET_TRACKING_DEFAULTS } from '#engine';
import type { Bounds, Policy } from '#engine';
import { auditIn } from '../../auth/test/in-database.js';
import { clustersIn, manualChangesIn } from '../../clusters/test/in-database.js';
import { statesIn } from './in-database.js';
import { ManualScalingService } from '../src/manual-scaling/manual-scaling.service.js';
import { INTERVAL_MS, LoopProcess, OWNER, Surroundings } from './loop-harness.js';

const ALICE: Caller = { id: OWNER, username: 'alice', role: 'admin', scope: 'all', ip: '192.0.2.7' };
const TRACKING: Policy = {
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
  mode: 'act',
};
const UNDO = 'POST /clusters/:id/undo';

let database: TestDatabase;
let around: Surroundings;
let service: LoopProcess;
let cluster: Cluster;
let clusters: ClusterRepository;
let scaling: ManualScalingService;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  const { dataSource } = database;
  around = new Surroundings(dataSource);
  await dataSource.query('DELETE FROM freezes');
  clusters = clustersIn(dataSource);
  scaling = new ManualScalingService(
    { get: async (_caller, id) => (await clusters.find(id))! },
    manualChangesIn(dataSource),
    statesIn(dataSource),
    auditIn(dataSource, around.clock),
    { hasten: () => undefined },
    around.clock,
    dataSource,
  );
  cluster = await added({});
  service = await LoopProcess.create(around);
  await service.loop.wake();
  await service.tick();
});

/** By default, a cluster of 12 servers that only users change. */
async function added(definition: Partial<Cluster>): Promise<Cluster> {
  const one = await around.addCluster({ bounds: { min: 2, max: 200 }, ...definition });
  around.target.add(one.id, { servers: 12, baseCpu: 50 });
  // The row needs a valid policy; the loop takes the cluster from `Surroundings`.
  const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } };
  await database.dataSource.query(`UPDATE clusters SET policy = $2 WHERE id = $1`, [one.id, JSON.stringify(policy)]);
  return one;
}

/** Reads changed definitions from the database. */
async function heard(): Promise<void> {
  const found = (await clusters.find(cluster.id))!;
  await around.change(cluster.id, {
    bounds: found.bounds,
    boundsImmediate: found.boundsImmediate === true,
    hold: found.hold,
    lastChange: found.lastChange ?? null,
    undone: found.undone ?? null,
  });
}

async function hold(desired_servers: number, more: { immediate?: boolean; hold_for?: string } = {}): Promise<void> {
  await scaling.scale(ALICE, cluster.id, { desired_servers, hold_for: '1h', ...more });
  await heard();
}

async function bound(bounds: Partial<Bounds>, immediate = false): Promise<void> {
  const before = (await clusters.find(cluster.id))!;
  const definition = { ...before, bounds: { ...before.bounds, ...bounds } };
  await clusters.update(cluster.id, definition, immediate, database.dataSource.manager);
  await heard();
}

async function undo(immediate = false): Promise<void> {
  await scaling.undo(ALICE, cluster.id, { immediate });
  await heard();
}

const last = async () => (await around.decisions(cluster.id)).at(-1);
const desired = async (): Promise<number[]> => (await around.decisions(cluster.id)).map((one) => one.desired);
const large = () => service.memory(cluster.id).conditions.get('large_change')?.message;

describe('an undo', () => {
  it.each([
    ['a hold', async () => hold(3, { immediate: true })],
    ['bounds', async () => bound({ max: 3 }, true)],
  ])('brings back at once what %s removed', async (_name, remove) => {
    await remove();
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 3 });
    expect(large()).toContain(UNDO);
    await undo();
    await service.tick();
    expect(await last()).toMatchObject({ action: 'SCALE_UP', current: 3, desired: 12, code: 'undone' });
    expect(large()).toBeUndefined();
    await service.tick(3);
    expect(await last()).toMatchObject({ action: 'MAINTAIN', desired: 12 });
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 12]);
    expect(await clusters.find(cluster.id)).toMatchObject({ bounds: { min: 2, max: 200 }, hold: null });
  });

  it('restores the count after a change that was too small for an alert', async () => {
    await hold(9);
    await service.tick(2);
    expect(large()).toBeUndefined();
    await undo();
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 12 });
  });

  it('stops a removal in steps, and restores what is already removed', async () => {
    await bound({ max: 3 });
    await service.tick(3);
    expect((await desired()).slice(-3)).toEqual([9, 7, 5]);
    await undo();
    await service.tick(2);
    expect((await desired()).slice(-2)).toEqual([12, 12]);
    expect(around.target.asked.map((one) => one.desired)).toEqual([9, 7, 5, 12]);
  });

  it('leaves the count to the policies once they may remove servers again', async () => {
    await around.change(cluster.id, { policy: TRACKING });
    around.target.add(cluster.id, { servers: 12, baseCpu: 10 });
    await hold(3, { immediate: true });
    // Long enough for every window to be full of low recommendations.
    await service.tick(40);
    await undo();
    await service.tick(31);
    expect((await desired()).slice(-31)).toEqual(Array.from({ length: 31 }, () => 12));
    await service.tick(2);
    expect((await last())!.desired).toBeLessThan(12);
  });

  it.each([
    ['in steps', false, [80, 64, 51, 40]],
    ['at once where that is asked for', true, [12, 12, 12, 12]],
  ])('of an addition removes what was added, %s', async (_name, immediate, expected) => {
    await bound({ min: 100 });
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 100 });
    expect(large()).toContain(UNDO);
    await undo(immediate);
    await service.tick(4);
    expect((await desired()).slice(-4)).toEqual(expected);
    await service.tick(20);
    expect(await last()).toMatchObject({ action: 'MAINTAIN', desired: 12 });
    expect(service.alerts().filter((alert) => !alert.startsWith('servers_'))).toEqual([]);
  });

  it('is possible once for each change', async () => {
    await hold(3, { immediate: true });
    await service.tick();
    await undo();
    await expect(undo()).rejects.toMatchObject({ status: 409, code: 'nothing_to_undo' });
    await service.tick(2);
    await expect(undo()).rejects.toMatchObject({ status: 409 });
    await service.tick(2);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 12]);
  });

  it('reverts only the last change, to the count from before it', async () => {
    await hold(30);
    await service.tick(2);
    await hold(8, { immediate: true });
    await service.tick(2);
    await undo();
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 30, code: 'held_by_hand' });
    // The earlier change cannot be undone any more.
    await expect(undo()).rejects.toMatchObject({ status: 409 });
  });

  it('is replaced by a later change', async () => {
    await hold(3, { immediate: true });
    await service.tick(2);
    await undo();
    await hold(5);
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 5, code: 'held_by_hand' });
    await scaling.release(ALICE, cluster.id);
    await heard();
    await service.tick(3);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 5]);
  });

  it('of a change that no tick has seen does nothing', async () => {
    await hold(3, { immediate: true });
    await undo();
    await service.tick(2);
    expect(around.target.asked).toEqual([]);
  });

  it.each(['before it', 'after it'])('restores the count across a restart %s', async (when) => {
    const restart = async (): Promise<void> => {
      service = await LoopProcess.create(around);
      await service.loop.wake();
    };
    await hold(3, { immediate: true });
    await service.tick(2);
    if (when === 'before it') await restart();
    await undo();
    if (when === 'after it') await restart();
    await service.tick(2);
    expect(await last()).toMatchObject({ desired: 12 });
    await restart();
    await service.tick(2);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 12]);
  });

  it('waits for the end of a freeze', async () => {
    await hold(3, { immediate: true });
    await service.tick(2);
    await database.dataSource.query(`INSERT INTO freezes (frozen_by) VALUES ('alice')`);
    await undo();
    // Longer than a change is normally kept.
    await service.tick((20 * 60_000) / INTERVAL_MS);
    expect(await last()).toMatchObject({ code: 'frozen', desired: 3 });
    await database.dataSource.query('DELETE FROM freezes');
    await service.tick(2);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 12]);
  });

  it('waits for the end of a pause', async () => {
    await hold(3, { immediate: true });
    await service.tick(2);
    await around.change(cluster.id, { status: 'paused' });
    await undo();
    await service.tick(3);
    expect(await last()).toMatchObject({ code: 'paused', desired: 3 });
    await around.change(cluster.id, { status: 'active' });
    await service.tick(2);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3, 12]);
  });

  it('is retried when the provider refuses', async () => {
    await hold(3, { immediate: true });
    await service.tick(2);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    await undo();
    await service.tick(3);
    around.target.fail(cluster.id, null);
    await service.tick(8);
    expect(await last()).toMatchObject({ action: 'MAINTAIN', desired: 12 });
  });

  it.each([
    ['the change is older than a quarter of an hour', '1h', 15 * 60_000],
    ['the hold has ended by itself', '1m', 60_000],
  ])('restores no count where %s', async (_name, hold_for, waitMs) => {
    await hold(3, { immediate: true, hold_for });
    await service.tick(2 + waitMs / INTERVAL_MS);
    expect(large()).toBeUndefined();
    await undo();
    await service.tick(2);
    expect(around.target.asked.map((one) => one.desired)).toEqual([3]);
    expect(await clusters.find(cluster.id)).toMatchObject({ hold: null });
  });

  it('is not offered where no user changed anything: servers that existed before the cluster', async () => {
    const adopted = await added({ bounds: { min: 1, max: 4 } });
    await service.tick(2);
    expect(service.memory(adopted.id).conditions.get('large_change')?.message).toBe(
      'The bounds change the cluster from 12 to 4 servers.',
    );
    await expect(scaling.undo(ALICE, adopted.id)).rejects.toMatchObject({ status: 409, code: 'nothing_to_undo' });
  });
});
