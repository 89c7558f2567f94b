import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { TARGET_TRACKING_DEFAULTS } from '#engine';
import type { Policy } from '#engine';
import { decisionsIn } from './in-database.js';
import { LoopProcess, Surroundings } from './loop-harness.js';

const rules = (type: 'servers', value: number, periodMs: number) =>
  ({ select: 'max', rules: [{ type, value, periodMs }] }) as const;
const TRACKING: Policy = {
  targetTracking: {
    ...TARGET_TRACKING_DEFAULTS,
    metrics: [{ metric: 'cpu', target: 60 }],
    scaleUp: rules('servers', 4, 600_000),
  },
  mode: 'act',
};

describe('the reference count', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let service: LoopProcess;
  let cluster: Cluster;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());
  beforeEach(async () => {
    around = new Surroundings(database.dataSource);
    service = await LoopProcess.create(around);
    cluster = await around.addCluster({ bounds: { min: 2, max: 40 }, policy: TRACKING });
    around.target.add(cluster.id, { servers: 10, baseCpu: 60 });
    await service.loop.wake();
    await service.tick();
  });

  const world = (id = cluster.id) => around.target.world(id);
  const counts = () => world().counts;
  const last = async () => (await around.decisions(cluster.id)).at(-1);
  const conditions = () => [...service.memory(cluster.id).conditions.keys()];
  const raised = (code: string) =>
    service.told.flatMap((event) =>
      event.type === 'alert' && event.data.code === (code as never) && event.data.state === 'raised'
        ? [event.data.data]
        : [],
    );

  it.each([true, false])('requests lost servers again at the next tick (count stated: %s)', async (states) => {
    if (!states) around.target.stateNoCount(cluster.id);
    world().crash(8, around.clock.now());
    await service.tick();
    expect(counts()).toMatchObject({ active: 2, provisioning: 8 });
    expect(await last()).toMatchObject({ action: 'SCALE_UP', current: 2, desired: 10, code: 'replace_lost' });
    expect(conditions()).toContain('servers_lost');
    // Lost servers do not use up rate limits.
    expect(service.memory(cluster.id).common.changes).toEqual([]);
    await service.tick(5);
    expect(conditions()).not.toContain('servers_lost');
    expect(service.alerts()).toEqual(['servers_lost raised', 'servers_lost cleared']);
  });

  it.each([true, false])('removes no server because a list is temporarily empty (count stated: %s)', async (states) => {
    if (!states) around.target.stateNoCount(cluster.id);
    around.target.hide(cluster.id, 10);
    await service.tick(3);
    expect((await last())?.desired).toBe(10);
    around.target.hide(cluster.id, 0);
    await service.tick(2);
    expect(counts()).toMatchObject({ active: 10, draining: 0 });
    expect(around.target.asked.every(({ desired }) => desired >= 10)).toBe(true);
  });

  it('is a count that is only published, from the request on, until another system carries it out', async () => {
    around.target.publishOnly(cluster.id);
    const published = () => service.memory(cluster.id).tracking.desired;
    const carryOut = (count: number) => world().setDesired(count, around.clock.now());
    await around.hold(cluster.id, 4);
    await service.tick(4);
    expect(counts()).toMatchObject({ active: 10 });
    expect(published()).toBe(4);
    const removal = { action: 'SCALE_DOWN', outcome: 'success', error: null };
    expect(await around.events(cluster.id)).toMatchObject([
      { ...removal, desired: 8 },
      { ...removal, desired: 4 },
    ]);
    await around.hold(cluster.id, 6);
    await service.tick();
    expect(published()).toBe(6);
    carryOut(6);
    await service.tick(3);
    expect(published()).toBe(6);
    await around.hold(cluster.id, 9);
    await service.tick(3);
    expect(published()).toBe(9);
    carryOut(9);
    await service.tick(6);
    expect(published()).toBe(9);
    expect([...new Set(around.target.asked.map(({ desired }) => desired))]).toEqual([8, 4, 6, 9]);
    expect(service.alerts().filter((alert) => /drift|contested|lost/.test(alert))).toEqual([]);
    expect(service.memory(cluster.id).tracking).toMatchObject({ lost: 0, contest: null });
  });

  it('follows the list again once a published count is only a recommendation', async () => {
    around.target.publishOnly(cluster.id);
    await around.hold(cluster.id, 8);
    await service.tick(3);
    expect(service.memory(cluster.id).tracking.desired).toBe(8);
    await around.change(cluster.id, { policy: { ...TRACKING, mode: 'recommend' } });
    await service.tick(3);
    expect(service.memory(cluster.id).tracking.desired).toBe(10);
  });

  it('only recommends while another system scales the servers, and names it', async () => {
    await service.tick(40);
    const other = { by: 'HorizontalPodAutoscaler web', reason: 'it scales Deployment web' };
    around.target.block(cluster.id, other);
    const spike = { cpuTarget: 100, durationMs: 3_600_000, rampUpMs: 0, rampDownMs: 0 };
    world().addSpike(spike, around.clock.now());
    await service.tick(3);
    expect(around.target.asked).toEqual([]);
    const decision = await last();
    expect(decision).toMatchObject({ action: 'SCALE_UP', current: 10, desired: 14 });
    expect(decision?.steps.at(-1)).toMatchObject({ stage: 'act', code: 'blocked', data: other });
    expect(raised('target_blocked')).toEqual([other]);
    expect(await around.events(cluster.id)).toEqual([]);
    await around.hold(cluster.id, 6);
    await service.tick();
    expect((await last())?.reason).toMatch(/^Only recommended: held at 6 servers by /);
    expect(around.target.asked).toEqual([]);
    await around.change(cluster.id, { hold: null });
    around.target.block(cluster.id, null);
    await service.tick();
    expect(around.target.asked).toEqual([{ clusterId: cluster.id, desired: 14 }]);
    expect(service.alerts().filter((alert) => alert.startsWith('target_blocked'))).toEqual([
      'target_blocked raised',
      'target_blocked cleared',
    ]);
  });

  it('records and broadcasts what another autoscaler wants, and decides nothing by it', async () => {
    const theirs = { by: 'HorizontalPodAutoscaler web', desired: 25 };
    around.target.want(cluster.id, theirs);
    await service.tick();
    const decisions = decisionsIn(database.dataSource);
    const page = { from: null, to: null, after: null, limit: 2 };
    const filter = { actions: null, steps: false, role: 'acting' } as const;
    const recorded = await decisions.list(cluster.id, page, filter);
    expect(recorded.map((decision) => decision.theirs)).toEqual([theirs, null]);
    expect(recorded[0]).toMatchObject({ action: 'MAINTAIN', current: 10, desired: 10 });
    const told = service.told.filter(({ type }) => type === 'decision').map(({ data }) => data);
    expect(told.at(-1)).toMatchObject({ desired: 10, theirs });
    expect(around.target.asked).toEqual([]);
    around.target.fail(cluster.id, { kind: 'refuse' });
    await service.tick();
    expect((await decisions.list(cluster.id, page, filter))[0]?.theirs).toBeNull();
  });

  it('raises no alert about another system in recommend mode', async () => {
    await around.change(cluster.id, { policy: { ...TRACKING, mode: 'recommend' } });
    around.target.block(cluster.id, { by: 'HorizontalPodAutoscaler web', reason: 'it scales Deployment web' });
    await service.tick(3);
    expect(conditions()).not.toContain('target_blocked');
  });

  it('requests again when another system resets the count, and raises one alert', async () => {
    // Long enough for the servers to count as started.
    await service.tick(40);
    const spike = { cpuTarget: 100, durationMs: 3_600_000, rampUpMs: 0, rampDownMs: 0 };
    world().addSpike(spike, around.clock.now());
    await service.tick();
    for (let round = 0; round < 4; round += 1) {
      await service.tick();
      expect(around.target.asked.at(-1)?.desired).toBe(14);
      world().setDesired(10, around.clock.now());
    }
    expect(service.alerts().filter((alert) => alert.startsWith('count_contested'))).toEqual(['count_contested raised']);
  });

  it('alerts on servers that never arrive, based on measured lead times', async () => {
    await around.hold(cluster.id, 12);
    await service.tick(5);
    const stuck = await around.addCluster({ bounds: { min: 1, max: 9 } });
    around.target.add(stuck.id, { servers: 2, provisioning: { kind: 'fixed', ms: 7_200_000 } });
    await service.tick();
    await around.hold(stuck.id, 4);
    await service.tick(25);
    expect(raised('servers_overdue')).toEqual([
      { servers: 2, longest_ms: 200_000, measured: 0, longest_measured_ms: 120_000, reason: null },
    ]);
    expect([...service.memory(stuck.id).conditions.keys()]).toContain('servers_overdue');
    expect(conditions()).not.toContain('servers_overdue');
  });

  it('alerts on a large change by a user, and on a schedule window outside the bounds', async () => {
    await around.change(cluster.id, { bounds: { min: 2, max: 4 } });
    await service.tick();
    expect(await last()).toMatchObject({ action: 'SCALE_DOWN', desired: 8, code: 'in_steps' });
    expect(conditions()).toContain('large_change');
    await around.change(cluster.id, { bounds: { min: 2, max: 40 } });
    await service.tick();
    expect(conditions()).not.toContain('large_change');
    await around.change(cluster.id, { bounds: { min: 2, max: 4 }, boundsImmediate: true });
    await service.tick();
    expect(await last()).toMatchObject({ action: 'SCALE_DOWN', desired: 4 });
    const windows = [{ name: 'sale', cron: '* * * * *', timeZone: 'UTC', durationMs: 3_600_000, minServers: 50 }];
    await around.change(cluster.id, { policy: { ...TRACKING, schedule: { windows } } });
    await service.tick();
    expect(raised('bounds_conflict')).toEqual([{ window: 'sale', asked: 50, from: 'max_servers', bound: 4 }]);
  });

  it('loses no outcome when a tick fails', async () => {
    await around.hold(cluster.id, 12);
    around.target.fail(cluster.id, null, { kind: 'answer_lost' });
    await service.tick();
    around.target.fail(cluster.id, null);
    await around.change(cluster.id, { policy: null as unknown as Policy });
    await service.tick();
    expect((await around.events(cluster.id))[0]).toMatchObject({ outcome: 'pending' });
    await around.change(cluster.id, { policy: TRACKING });
    await service.tick();
    expect(await around.events(cluster.id)).toMatchObject([{ outcome: 'success', servers_after: 12 }]);
  });
});
