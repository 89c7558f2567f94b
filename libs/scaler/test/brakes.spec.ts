import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Caller } from '#auth';
import { thresholdDefaults, policyFromWire } from '#clusters';
import type { Cluster } from '#clusters';
import { configOf } from '#config';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { auditIn } from '../../auth/test/in-database.js';
import { BrakesService } from '../src/brakes/brakes.service.js';
import { FreezeRepository } from '../src/brakes/freeze.repository.js';
import { RemovalProposalRepository } from '../src/brakes/removal-proposal.repository.js';
import { freezesIn, proposalsIn } from './in-database.js';
import { INTERVAL_MS, LoopProcess, OWNER, Surroundings } from './loop-harness.js';

const ADA: Caller = { id: OWNER, username: 'ada', role: 'admin', scope: 'all', ip: '127.0.0.1' };
/** Removes this many servers at once as soon as they are idle. */
const removing = (scale_down_step: number) =>
  policyFromWire(
    {
      threshold: {
        cpu_low: 30,
        memory_low: 99,
        memory_high: 99.5,
        sustained_low: '1s',
        cooldown_down: '1s',
        scale_down_step,
      },
    },
    thresholdDefaults(configOf({})),
  );
/** A third of six servers. */
const EAGER = removing(2);
const ONE_BY_ONE = removing(1);

let database: TestDatabase;
let around: Surroundings;
let people: BrakesService;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  const { dataSource } = database;
  await dataSource.query('DELETE FROM freezes');
  await dataSource.query('DELETE FROM removal_proposals');
  people = new BrakesService(
    freezesIn(dataSource),
    proposalsIn(dataSource),
    auditIn(dataSource, around.clock),
    dataSource,
    around.clock,
  );
});

async function started(): Promise<LoopProcess> {
  const service = await LoopProcess.create(around);
  await service.loop.wake();
  return service;
}

const codes = async ({ id }: Cluster): Promise<string[]> => (await around.decisions(id)).map(({ code }) => code);
const last = async ({ id }: Cluster) => (await around.decisions(id)).at(-1);

describe('a freeze', () => {
  it('stops all acting with the next tick, holds included, and survives restarts until it is lifted', async () => {
    const cluster = await around.addCluster();
    const service = await started();
    await people.stop(ADA, 'wrong metrics');
    await around.hold(cluster.id, 5);
    await service.tick(2);
    expect(await last(cluster)).toMatchObject({ action: 'MAINTAIN', code: 'frozen', current: 2, desired: 2 });
    // Gauges show the count that is in force.
    expect(service.memory(cluster.id).last).toEqual({ desired: 2, actual: 2, unmet: 0 });
    expect((await last(cluster))?.steps.at(-1)?.data).toEqual({ by: 'ada', why: 'wrong metrics' });

    const second = await started();
    await second.tick(2);
    expect(around.target.asked).toEqual([]);
    const [{ observations }] = await database.dataSource.query<[{ observations: number }]>(
      `SELECT count(*)::int AS observations FROM observations WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(observations).toBeGreaterThanOrEqual(4);

    await people.lift(ADA);
    await second.tick();
    expect(around.target.asked).toEqual([{ clusterId: cluster.id, desired: 5 }]);
  });

  it('stops every instance, whichever handled the request', async () => {
    const cluster = await around.addCluster();
    const other = await started();
    await around.hold(cluster.id, 5);
    await people.stop(ADA, null);
    await other.tick();
    expect(around.target.asked).toEqual([]);
  });

  it('is audited, names who froze first, and can be lifted when there is none', async () => {
    await around.addCluster();
    const first = await people.stop(ADA, 'because');
    expect(first).toMatchObject({ by: 'ada', reason: 'because' });
    expect(await people.stop({ ...ADA, username: 'bob' }, null)).toEqual(first);
    expect(await people.freeze()).toEqual(first);
    expect(await people.lift(ADA)).toBeNull();
    expect(await people.lift(ADA)).toBeNull();
    const rows = await database.dataSource.query(
      `SELECT action, actor FROM audit_log WHERE action LIKE 'operations.%freeze' ORDER BY id DESC LIMIT 4`,
    );
    expect(rows).toEqual([
      { action: 'operations.unfreeze', actor: 'ada' },
      { action: 'operations.unfreeze', actor: 'ada' },
      { action: 'operations.freeze', actor: 'bob' },
      { action: 'operations.freeze', actor: 'ada' },
    ]);
  });
});

describe('removals in many clusters at once', () => {
  /** This many clusters with six idle servers each; none removes anything yet. */
  async function fleet(count: number): Promise<Cluster[]> {
    const clusters: Cluster[] = [];
    for (let index = 0; index < count; index += 1) {
      const cluster = await around.addCluster();
      around.target.add(cluster.id, { servers: 6, baseCpu: 10, variance: 0 });
      clusters.push(cluster);
    }
    return clusters;
  }

  async function idle(clusters: readonly Cluster[]): Promise<void> {
    for (const { id } of clusters) await around.change(id, { policy: EAGER });
  }

  it('are held until they were proposed for five minutes', async () => {
    const clusters = await fleet(6);
    const service = await started();
    await service.tick();
    await idle(clusters);
    await service.tick(20);
    expect(around.target.asked).toEqual([]);
    for (const cluster of clusters) expect(await last(cluster)).toMatchObject({ code: 'removals_held', desired: 6 });
    expect(service.alerts()).toEqual(clusters.map(() => 'removals_held raised'));
    expect(await people.heldRemovals()).toMatchObject([{ clusters: 6 }]);
    await service.tick(12);
    expect(new Set(around.target.asked.map(({ clusterId }) => clusterId)).size).toBe(6);
    expect(service.alerts()).toContain('removals_held cleared');
  });

  it('are held when servers go one by one, too, and across a restart', async () => {
    const clusters = await fleet(6);
    const service = await started();
    for (const { id } of clusters) await around.change(id, { policy: ONE_BY_ONE });
    for (let ticks = 0; around.target.asked.length < 6 && ticks < 6; ticks += 1) await service.tick();
    expect(around.target.asked.map(({ desired }) => desired)).toEqual([5, 5, 5, 5, 5, 5]);
    const second = await started();
    await second.tick(4);
    expect(around.target.asked).toHaveLength(6);
    for (const cluster of clusters) expect(await last(cluster)).toMatchObject({ code: 'removals_held', desired: 5 });
  });

  it('stay held across a restart, and keep their start time', async () => {
    const clusters = await fleet(5);
    const service = await started();
    await idle(clusters);
    await service.tick(16);
    expect(around.target.asked).toEqual([]);
    const second = await started();
    await second.tick(10);
    expect(around.target.asked).toEqual([]);
    await second.tick(8);
    expect(around.target.asked).toHaveLength(5);
  });

  it('are released by a user, which is audited', async () => {
    const clusters = await fleet(5);
    const service = await started();
    await idle(clusters);
    await service.tick(3);
    expect(await people.release(ADA, 'http://elsewhere')).toBe(0);
    expect(await people.release(ADA, null)).toBe(5);
    expect(await people.heldRemovals()).toEqual([]);
    await service.tick();
    expect(around.target.asked).toHaveLength(5);
    const [row] = await database.dataSource.query<{ after: object }[]>(
      `SELECT after FROM audit_log WHERE action = 'operations.removals.release' ORDER BY id DESC LIMIT 1`,
    );
    expect(row?.after).toEqual({ endpoint: null, released: 5 });
  });

  it('are detected across instances', async () => {
    const clusters = await fleet(5);
    const [own, ...others] = clusters;
    const service = await started();
    const now = around.clock.now();
    await proposalsIn(database.dataSource).write(
      others.map(({ id }) => {
        return { clusterId: id, endpoint: 'here', firstAt: now, lastAt: now, isEnded: false, isHeld: false };
      }),
    );
    await idle([own!]);
    await service.tick(3);
    expect(around.target.asked).toEqual([]);
    expect(await last(own!)).toMatchObject({ code: 'removals_held' });
  });

  it('count for a minute after they were carried out, however late the other clusters are', async () => {
    const clusters = await fleet(8);
    const service = await started();
    const asked = (): Set<string> => new Set(around.target.asked.map(({ clusterId }) => clusterId));
    // One after the other, so that each is alone when it is judged.
    for (const cluster of clusters.slice(0, 6)) {
      await idle([cluster]);
      await service.tick(2);
      await around.change(cluster.id, { policy: { mode: 'act' } });
    }
    expect(asked().size).toBeLessThan(5);
  });

  it('wait for late clusters, and are held once those propose removals, too', async () => {
    const clusters = await fleet(8);
    const service = await started();
    await service.tick();
    await idle(clusters);
    // All but one are being ticked elsewhere.
    const { ids } = service.registry.takeDue(around.clock.now() + INTERVAL_MS);
    const late = ids.filter((id) => id !== clusters[0]!.id);
    service.registry.release(clusters[0]!.id);
    await service.tick(4);
    expect(around.target.asked).toEqual([]);
    expect(await last(clusters[0]!)).toMatchObject({ code: 'removal_waits' });
    for (const id of late) service.registry.release(id);
    await service.tick(4);
    expect(around.target.asked).toEqual([]);
    for (const cluster of clusters) expect(await last(cluster)).toMatchObject({ code: 'removals_held' });
  });

  it('wait for the other clusters, and are carried out if few propose removals', async () => {
    const clusters = await fleet(5);
    const service = await started();
    await idle(clusters.slice(0, 4));
    await service.tick(4);
    expect(around.target.asked).toHaveLength(4);
    expect(await codes(clusters[0]!)).toContain('removal_waits');
  });

  it('are not delayed where few clusters share a provider, nor when a user asked for them', async () => {
    const [few] = await fleet(1);
    const service = await started();
    await idle([few!]);
    await service.tick(2);
    expect(around.target.asked).toContainEqual({ clusterId: few!.id, desired: 4 });
    expect(await codes(few!)).not.toContain('removal_waits');
    const clusters = await fleet(6);
    await service.loop.wake();
    for (const { id } of clusters) await around.hold(id, 4);
    await service.tick();
    expect(around.target.asked.filter(({ clusterId }) => clusterId !== few!.id)).toHaveLength(6);
  });

  it('wait while the database is unreachable', async () => {
    const clusters = await fleet(5);
    const service = await started();
    await idle(clusters);
    const broken = jest
      .spyOn(service.get(RemovalProposalRepository), 'ofClusters')
      .mockRejectedValue(new Error('away'));
    await service.tick(4);
    broken.mockRestore();
    expect(around.target.asked).toEqual([]);
    expect(service.problems.join()).toContain('large removals wait');
    expect(around.clock.now()).toBeGreaterThan(4 * INTERVAL_MS);
  });

  it('wait without a query once the database is known to be unreachable: additions must not wait for it', async () => {
    const clusters = await fleet(5);
    const service = await started();
    await idle(clusters);
    const broken = jest.spyOn(service.get(FreezeRepository), 'current').mockRejectedValue(new Error('away'));
    const read = jest.spyOn(service.get(RemovalProposalRepository), 'ofClusters');
    await service.tick(4);
    broken.mockRestore();
    expect(read).not.toHaveBeenCalled();
    expect(around.target.asked).toEqual([]);
    expect(await codes(clusters[0]!)).toContain('removal_waits');
    await service.tick(1);
    expect(read).toHaveBeenCalled();
  });
});
