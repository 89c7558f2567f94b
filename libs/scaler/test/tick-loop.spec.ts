import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import type { Cluster } from '#clusters';
import type { Policy } from '#engine';
import { ProviderError } from '#providers';
import { INTERVAL_MS, LoopProcess, Surroundings } from './loop-harness.js';
import { PLAIN_THRESHOLD } from './plain-threshold.js';

const THRESHOLD: Policy = { mode: 'act', threshold: PLAIN_THRESHOLD };

describe('the loop', () => {
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
    cluster = await around.addCluster();
    await service.loop.wake();
  });

  const counts = (id = cluster.id) => around.target.world(id).counts;
  const last = async (id = cluster.id) => (await around.decisions(id)).at(-1);

  it('records and broadcasts observation and decision, also when nothing is carried out', async () => {
    await service.tick();
    expect(await around.decisions(cluster.id)).toEqual([
      expect.objectContaining({ action: 'MAINTAIN', current: 2, desired: 2, steps: expect.any(Array) as unknown }),
    ]);
    const [observation] = await database.dataSource.query(`SELECT * FROM observations WHERE cluster_id = $1`, [
      cluster.id,
    ]);
    expect(observation).toMatchObject({ active: 2, provisioning: 0, reporting: 2, saturated: false, refused: 0 });
    const samples = await database.dataSource.query(`SELECT * FROM samples WHERE cluster_id = $1`, [cluster.id]);
    expect(samples).toHaveLength(2);
    expect(service.told.map(({ type }) => type)).toEqual(['metrics', 'decision', 'cluster_state']);
    expect(await around.events(cluster.id)).toEqual([]);
  });

  it('records slow or failed requests with each observation, where the source counts them', async () => {
    await around.change(cluster.id, { policy: THRESHOLD });
    around.counted.set(cluster.id, { requests: 100 });
    await service.tick();
    // 1000 are more than all requests.
    for (const bad of [0, null, 90, 1000]) {
      around.counted.set(cluster.id, { requests: 100, bad });
      await service.tick();
    }
    around.silent.add(cluster.id);
    await service.tick();
    const rows: { requests: number | null; bad: number | null }[] = await database.dataSource.query(
      `SELECT measured_request_rate AS requests, measured_bad_rate AS bad FROM observations WHERE cluster_id = $1 ORDER BY at`,
      [cluster.id],
    );
    expect(rows.map(({ requests, bad }) => [requests, bad])).toEqual([
      [null, null],
      ...[0, null, 90, null].map((bad) => [100, bad]),
      [null, null],
    ]);
    expect(new Set((await around.decisions(cluster.id)).map(({ desired }) => desired))).toEqual(new Set([2]));
  });

  it('does not report missing metrics of a cluster that its first poll creates', async () => {
    const unmade = await around.addCluster();
    const readOne = around.target.readOne.bind(around.target);
    let isMade = false;
    jest.spyOn(around.target, 'readOne').mockImplementation(async (one, call) => {
      if (one.id === unmade.id && !isMade) throw new ProviderError('not_found', 'it is not made');
      return readOne(one, call);
    });
    around.silent.add(unmade.id);
    around.target.ensure = async ({ id }) => {
      await new Promise((resolve) => setImmediate(resolve));
      isMade = true;
      around.silent.delete(id);
    };
    await service.loop.wake();
    await service.tick();
    expect(service.alerts()).toEqual([]);
    expect((await last(unmade.id))?.current).toBe(2);
    // From then on missing metrics are reported.
    around.silent.add(unmade.id);
    await service.tick();
    expect(service.alerts()).toEqual(['metrics_missing raised']);
  });

  it('scales up and down by a hold, and follows the servers', async () => {
    await service.tick();
    await around.hold(cluster.id, 5);
    await service.tick();
    expect(counts()).toMatchObject({ active: 2, provisioning: 3 });
    await service.tick(4);
    expect(counts()).toMatchObject({ active: 5, provisioning: 0 });
    await around.hold(cluster.id, 3);
    await service.tick(2);
    expect(counts()).toMatchObject({ active: 3, draining: 0 });
    expect(around.target.asked.map(({ desired }) => desired)).toEqual([5, 3]);
    expect(await around.events(cluster.id)).toEqual([
      { action: 'SCALE_UP', servers_before: 2, servers_after: 5, desired: 5, outcome: 'success', error: null },
      { action: 'SCALE_DOWN', servers_before: 5, servers_after: 3, desired: 3, outcome: 'success', error: null },
    ]);
    const [state] = await database.dataSource.query(
      `SELECT desired, actual, lead_time_ms FROM cluster_states WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(state).toEqual({ desired: 3, actual: 3, lead_time_ms: 30_000 });
  });

  it('returns to the policy when the hold ends', async () => {
    await around.change(cluster.id, { policy: THRESHOLD });
    await around.hold(cluster.id, 4, 3 * INTERVAL_MS);
    await service.tick(2);
    expect((await last())?.policy).toBe('hold');
    await service.tick(4);
    expect((await last())?.policy).toBe('threshold');
  });

  it('applies changed bounds, a pause and a deletion at the next tick', async () => {
    await around.change(cluster.id, { bounds: { min: 3, max: 10 } });
    await service.tick();
    expect(counts()).toMatchObject({ provisioning: 1 });
    await around.change(cluster.id, { status: 'paused', bounds: { min: 5, max: 10 } });
    await service.tick(2);
    expect(counts()).toMatchObject({ active: 2, provisioning: 1 });
    await around.change(cluster.id, { status: 'active' });
    await service.tick(2);
    expect(counts()).toMatchObject({ active: 3, provisioning: 2 });
    const decided = (await around.decisions(cluster.id)).length;
    await around.change(cluster.id, { deletedAt: around.clock.now() });
    await service.tick(2);
    expect(await around.decisions(cluster.id)).toHaveLength(decided);
    expect(service.registry.size).toBe(0);
  });

  it('observes a paused cluster, and does not scale it', async () => {
    await around.change(cluster.id, { status: 'paused', policy: THRESHOLD });
    await around.hold(cluster.id, 5, 2 * INTERVAL_MS);
    await service.tick(4);
    expect(around.target.asked).toEqual([]);
    const decisions = await around.decisions(cluster.id);
    expect(decisions.map(({ action, code, current, desired }) => ({ action, code, current, desired }))).toEqual(
      Array.from({ length: 4 }, () => ({ action: 'MAINTAIN', code: 'paused', current: 2, desired: 2 })),
    );
    expect(decisions[0]?.steps.at(-1)).toMatchObject({ stage: 'act', code: 'paused' });
    expect(service.memory(cluster.id).last).toMatchObject({ desired: 2, actual: 2 });
    const [recorded] = await database.dataSource.query<[{ observations: number; samples: number }]>(
      `SELECT (SELECT count(*)::int FROM observations WHERE cluster_id = $1) AS observations,
              (SELECT count(*)::int FROM samples WHERE cluster_id = $1) AS samples`,
      [cluster.id],
    );
    expect(recorded).toEqual({ observations: 4, samples: 8 });
    expect(service.told.filter(({ type }) => type === 'metrics')).toHaveLength(4);
    expect(decisions[0]?.steps.at(-1)?.data).toEqual({ current: 2, desired: 5 });
    await around.change(cluster.id, { status: 'active', hold: null });
    await around.hold(cluster.id, 4);
    await service.tick();
    expect(around.target.asked).toEqual([{ clusterId: cluster.id, desired: 4 }]);
  });

  it('compares the servers of all clusters again after a stored connection has changed', async () => {
    await service.tick();
    const read = jest.spyOn(around, 'listActive');
    await service.tick();
    expect(read).toHaveBeenCalledTimes(0);
    around.connections.revision += 1;
    await service.tick(2);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
  });

  it('does not scale a cluster that was deleted after the definitions were read', async () => {
    await around.hold(cluster.id, 5);
    jest.spyOn(around, 'changedSince').mockImplementationOnce(async () => {
      const changed = await around.listActive();
      await database.dataSource.query(`UPDATE clusters SET deleted_at = now() WHERE id = $1`, [cluster.id]);
      return changed;
    });
    await service.tick();
    expect(await last()).toMatchObject({ action: 'MAINTAIN', code: 'cluster_retired' });
    expect(around.target.asked).toEqual([]);
  });

  it('creates a cluster that its provider does not know, and retries until it can', async () => {
    const made = await around.addCluster();
    const calls: string[] = [];
    const { target } = around;
    const readOne = target.readOne.bind(target);
    jest.spyOn(target, 'readOne').mockImplementation(async (one, call) => {
      if (one.id !== made.id) return readOne(one, call);
      calls.push('read');
      if (calls.length < 4) throw new ProviderError('not_found', 'it is not made');
      return readOne(one, call);
    });
    target.ensure = async () => {
      calls.push('ensure');
      if (calls.length === 2) throw new ProviderError('unreachable', 'no answer in time');
    };
    await service.loop.wake();
    await service.tick();
    expect(await around.decisions(made.id)).toMatchObject([{ code: 'provider_unreachable' }]);
    await service.tick(2);
    expect(calls).toEqual(['read', 'ensure', 'read', 'ensure', 'read', 'read']);
  });

  it('only recommends in recommend mode', async () => {
    await around.change(cluster.id, { policy: { mode: 'recommend' }, bounds: { min: 4, max: 10 } });
    await service.tick();
    expect(await last()).toMatchObject({ action: 'SCALE_UP', desired: 4 });
    expect(around.target.asked).toEqual([]);
    expect(await around.events(cluster.id)).toEqual([]);
  });

  it('writes one statement per table for all clusters of a wake', async () => {
    for (let count = 0; count < 7; count += 1) {
      const added = await around.addCluster();
      if (count < 3) await around.hold(added.id, 4);
    }
    await service.loop.wake();
    const queries: string[] = [];
    const spy = jest.spyOn(database.dataSource.logger, 'logQuery').mockImplementation((query) => queries.push(query));
    await service.tick();
    spy.mockRestore();
    const count = (word: string) => queries.filter((query) => query.includes(word)).length;
    const [decided] = await database.dataSource.query<{ clusters: number }[]>(
      `SELECT count(*)::int AS clusters FROM decisions WHERE at = $1 AND cluster_id = ANY ($2::uuid[])`,
      [new Date(around.clock.now()), [...service.registry.all()].map(({ cluster: { id } }) => id)],
    );
    expect(decided?.clusters).toBe(8);
    expect({
      samples: count('INTO samples'),
      observations: count('INTO observations'),
      decisions: count('INTO decisions'),
      states: count('INTO cluster_states'),
      intents: count('INTO scaling_events'),
      outcomes: count('UPDATE scaling_events'),
      transactions: count('COMMIT'),
    }).toEqual({
      samples: 1,
      observations: 1,
      decisions: 1,
      states: 1,
      intents: 1,
      outcomes: 1,
      transactions: 1,
    });
  });
});
