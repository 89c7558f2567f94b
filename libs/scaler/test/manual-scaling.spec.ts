import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '#auth';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { auditIn } from '../../auth/test/in-database.js';
import { manualChangesIn } from '../../clusters/test/in-database.js';
import { ManualScalingService } from '../src/manual-scaling/manual-scaling.service.js';
import { statesIn } from './in-database.js';
import { OWNER, Surroundings } from './loop-harness.js';

const ALICE: Caller = { id: OWNER, username: 'alice', role: 'operator', scope: 'own', ip: '192.0.2.7' };

describe('scaling by hand', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let cluster: Cluster;
  let scaling: ManualScalingService;
  const hastened: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());
  beforeEach(async () => {
    around = new Surroundings(database.dataSource);
    cluster = await around.addCluster({ bounds: { min: 2, max: 8 } });
    const clusters = { get: async () => cluster };
    const scheduler = { hasten: (id: string) => hastened.push(id) };
    scaling = new ManualScalingService(
      clusters,
      manualChangesIn(database.dataSource),
      statesIn(database.dataSource),
      auditIn(database.dataSource, around.clock),
      scheduler,
      around.clock,
      database.dataSource,
    );
  });

  const held = async () =>
    database.dataSource.query(`SELECT hold_desired, hold_until, hold_by FROM clusters WHERE id = $1`, [cluster.id]);
  const audited = async () =>
    database.dataSource.query(
      `SELECT actor, ip, action, before, after FROM audit_log WHERE target_id = $1 ORDER BY id`,
      [cluster.id],
    );

  it('holds a count for a limited time, at once, and records who set it', async () => {
    const until = new Date(around.clock.now() + 20 * 60_000);
    const hold = { desired_servers: 6, until: until.toISOString(), by: 'alice' };
    expect(await scaling.scale(ALICE, cluster.id, { desired_servers: 6, hold_for: '20m' })).toEqual({
      cluster_id: cluster.id,
      hold,
      mode: 'act',
    });
    expect(await held()).toEqual([{ hold_desired: 6, hold_until: until, hold_by: 'alice' }]);
    expect(hastened).toContain(cluster.id);
    expect(await audited()).toEqual([
      { actor: 'alice', ip: '192.0.2.7', action: 'cluster.scale', before: null, after: hold },
    ]);
  });

  it('audits the counts before and after', async () => {
    await database.dataSource.query(
      `INSERT INTO cluster_states (cluster_id, ticked_at, desired, engine_state, tracking) VALUES ($1, now(), 3, '{}', '{}')`,
      [cluster.id],
    );
    await scaling.scale(ALICE, cluster.id, { desired_servers: 6 });
    const until = around.clock.now() + 60_000;
    cluster = { ...cluster, hold: { desired: 6, until, by: 'alice' } };
    await scaling.scale(ALICE, cluster.id, { desired_servers: 4 });
    // A hold that has expired says nothing about the present count.
    cluster = { ...cluster, hold: { desired: 8, until: around.clock.now() - 1, by: 'alice' } };
    await scaling.scale(ALICE, cluster.id, { desired_servers: 5 });
    expect(await audited()).toMatchObject([
      { before: { desired_servers: 3 }, after: { desired_servers: 6 } },
      { before: { desired_servers: 6, by: 'alice' }, after: { desired_servers: 4 } },
      { before: { desired_servers: 3 }, after: { desired_servers: 5 } },
    ]);
  });

  it('ends the hold', async () => {
    const until = around.clock.now() + 60_000;
    cluster = { ...cluster, hold: { desired: 5, until, by: 'bob' } };
    expect(await scaling.release(ALICE, cluster.id)).toEqual({
      cluster_id: cluster.id,
      hold: null,
      mode: 'act',
    });
    expect(await held()).toEqual([{ hold_desired: null, hold_until: null, hold_by: null }]);
    expect(await audited()).toMatchObject([
      { action: 'cluster.scale.release', before: { desired_servers: 5, by: 'bob' }, after: null },
    ]);
  });

  it.each([
    [{ desired_servers: 9 }, 'desired_servers must be between min_servers (2) and max_servers (8)'],
    [{ desired_servers: 1 }, 'desired_servers must be between min_servers (2) and max_servers (8)'],
    [{ desired_servers: 4, hold_for: '8d' }, 'hold_for must be a duration'],
    [{ desired_servers: 4, hold_for: '0' }, 'between 1s and 7d'],
    [{ desired_servers: 4, hold_for: 'ever' }, 'hold_for must be a duration'],
  ])('refuses %j', async (request, message) => {
    await expect(scaling.scale(ALICE, cluster.id, request)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(message) as unknown,
    });
    expect(await audited()).toEqual([]);
  });

  it('undoes the last change of bounds or hold, once', async () => {
    await expect(scaling.undo(ALICE, cluster.id)).rejects.toMatchObject({ status: 409, code: 'nothing_to_undo' });
    await scaling.scale(ALICE, cluster.id, { desired_servers: 6, hold_for: '20m' });
    await scaling.scale(ALICE, cluster.id, { desired_servers: 2, hold_for: '20m', immediate: true });
    const immediate = await database.dataSource.query(`SELECT hold_immediate FROM clusters WHERE id = $1`, [
      cluster.id,
    ]);
    expect(immediate).toEqual([{ hold_immediate: true }]);
    const until = new Date(around.clock.now() + 20 * 60_000);
    expect(await scaling.undo(ALICE, cluster.id)).toEqual({
      cluster_id: cluster.id,
      min_servers: 2,
      max_servers: 8,
      hold: { desired_servers: 6, until: until.toISOString(), by: 'alice' },
    });
    expect(await held()).toEqual([{ hold_desired: 6, hold_until: until, hold_by: 'alice' }]);
    expect((await audited()).at(-1)).toMatchObject({ action: 'cluster.undo', after: { hold: { desired_servers: 6 } } });
    await expect(scaling.undo(ALICE, cluster.id)).rejects.toMatchObject({ status: 409 });
  });

  it('rejects a hold on a cluster that was deleted meanwhile', async () => {
    await around.change(cluster.id, { deletedAt: around.clock.now() });
    await expect(scaling.scale(ALICE, cluster.id, { desired_servers: 4 })).rejects.toMatchObject({ status: 404 });
    expect(await audited()).toEqual([]);
  });
});
