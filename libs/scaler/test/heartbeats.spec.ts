import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { ProviderError } from '#providers';
import { LoopProcess, Surroundings } from './loop-harness.js';

const OBJECTS = ['HorizontalPodAutoscaler web'];

describe('the heartbeat of a cluster that was taken over', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let service: LoopProcess;
  let cluster: Cluster;
  const renewed: string[] = [];
  /** What the next renewals meet. */
  let fault: ProviderError | null;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());
  beforeEach(async () => {
    around = new Surroundings(database.dataSource);
    cluster = await around.addCluster({ takenOver: { since: 0, by: 'ada', objects: OBJECTS } });
    service = await LoopProcess.create(around);
    renewed.length = 0;
    fault = null;
    jest.spyOn(service.providers, 'renew').mockImplementation(async ({ cluster: { id } }) => {
      renewed.push(id);
      if (fault !== null) throw fault;
    });
    // The first wake reads the definitions.
    await service.tick();
  });
  const conditions = (): readonly string[] => [...service.memory(cluster.id).conditions.keys()];

  it('comes with successful ticks, every 30 s at most, and for no other cluster', async () => {
    const other = await around.addCluster();
    await service.tick(10);
    expect(renewed).toEqual([cluster.id, cluster.id, cluster.id, cluster.id]);
    expect(service.registry.get(other.id)).toBeDefined();
    expect(conditions()).not.toContain('lease_not_renewed');
  });

  it.each<[string, () => Promise<void> | void]>([
    ['the servers cannot be read', () => around.target.fail(cluster.id, { kind: 'unreachable' })],
    ['the metrics cannot be read', () => void around.silent.add(cluster.id)],
    ['the metrics are empty', () => void around.reports.set(cluster.id, [])],
    [
      'a change is refused',
      async () => {
        around.target.fail(cluster.id, null, { kind: 'refuse' });
        await around.hold(cluster.id, 5);
      },
    ],
    ['another system acts', () => around.target.block(cluster.id, { by: OBJECTS[0]!, reason: 'it was given back' })],
    ['it only recommends', async () => around.change(cluster.id, { policy: { mode: 'recommend' } })],
  ])('stops while %s', async (_why, begin) => {
    await service.tick();
    expect(renewed).toHaveLength(1);
    await begin();
    await service.tick(6);
    expect(renewed).toHaveLength(1);
  });

  it('continues while the cluster is paused', async () => {
    await around.change(cluster.id, { status: 'paused' });
    await service.tick(4);
    expect(renewed).toHaveLength(2);
  });

  it('that fails raises an alert, is tried with each tick, and stops none', async () => {
    fault = new ProviderError('unreachable', 'no answer in time');
    await service.tick(2);
    expect(renewed).toHaveLength(2);
    expect(service.memory(cluster.id).conditions.get('lease_not_renewed')).toMatchObject({
      severity: 'warning',
      message:
        'Cannot renew the Lease of this cluster (no answer in time). After 5 min without a renewal HorizontalPodAutoscaler web scales it again.',
    });
    expect(service.problems).toEqual([expect.stringContaining('cannot renew the Lease of web')]);
    await around.hold(cluster.id, 4);
    await service.tick();
    expect(around.target.asked).toEqual([{ clusterId: cluster.id, desired: 4 }]);
    fault = null;
    await service.tick(2);
    expect(conditions()).not.toContain('lease_not_renewed');
  });

  it('that hangs delays no tick', async () => {
    let end = (): void => undefined;
    jest.spyOn(service.providers, 'renew').mockImplementation(
      async () =>
        new Promise((resolve) => {
          renewed.push('hangs');
          end = resolve;
        }),
    );
    await service.tick(5);
    expect(await around.decisions(cluster.id)).toHaveLength(5);
    expect(renewed).toEqual(['hangs']);
    end();
  });
});
