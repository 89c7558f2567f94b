import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fairCount, partitionOf } from '#partitions';
import { ask } from '../../bench/ask.js';
import { createRestlessClusters } from '../../bench/fleet/clusters.js';
import { embeddedFleetDatabase } from '../../bench/fleet/database.js';
import { Fleet, type Instance } from '../../bench/fleet/fleet.js';
import { runCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/programs.js';
import { releasedProgram } from './support/released-program.js';

const INTERVAL_MS = 2000;
const CLUSTERS = 16;
const before = releasedProgram();

/** Behavior of two releases during a rolling update: the real programs on one database. */
function together(root: string): void {
  let fleet: Fleet;
  let old: Instance;
  let current: Instance;
  let ids: readonly string[];
  let token: string;
  const folder = mkdtempSync(join(tmpdir(), 'previous-release-'));
  const exported = join(folder, 'clusters.yaml');

  beforeAll(async () => {
    const env = { AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms`, AUTOSCALER_COLLECTOR_TIMEOUT: '1s' };
    fleet = await Fleet.start(await embeddedFleetDatabase(), env, ['--provisioning', '5s']);
    old = await fleet.startInstance({}, root);
    ({ ids, token } = await createRestlessClusters(fleet, old, CLUSTERS));
    const simulated = { servers: 4, base_cpu: 50 };
    const learning = { name: 'learning', min_servers: 2, max_servers: 20, provider: { type: 'simulator', simulated } };
    ids = [...ids, (await ask<{ id: string }>(old.url, '/clusters', learning, token)).id];
    await tickedSince(Date.now());
  }, 180_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await fleet.stop();
  }, 60_000);

  /** Waits until each cluster was ticked three times since. */
  async function tickedSince(since: number, of = ids): Promise<void> {
    await eventually('the clusters are ticked', async () => {
      const rows = await fleet.database.query<{ ticks: number }>(
        `SELECT count(*)::int AS ticks FROM decisions
          WHERE at > $1 AND cluster_id = ANY ($2::uuid[]) AND policy_role = 'acting' GROUP BY cluster_id`,
        [new Date(since), of],
      );
      return rows.length === of.length && rows.every(({ ticks }) => ticks >= 3);
    });
  }

  async function clustersOf({ process }: Instance): Promise<string[]> {
    const held = (await fleet.holders()).get(process.pid) ?? [];
    return ids.filter((id) => held.includes(partitionOf(id)));
  }

  async function commandEnv(): Promise<Record<string, string>> {
    const [port, prometheus] = (await freePorts(2)) as [number, number];
    return fleet.environment(port, prometheus);
  }

  const migrations = async (): Promise<number> => (await fleet.database.query('SELECT FROM migrations')).length;

  it('tick their own clusters on the newer schema', async () => {
    const known = await migrations();
    expect(await runCli(['export', '--out', exported], await commandEnv(), root)).toMatchObject({ status: 0, err: '' });
    current = await fleet.startInstance();
    expect(await migrations()).toBeGreaterThan(known);
    await fleet.balanced(fairCount(2));
    await tickedSince(Date.now());
    const [its, ours] = [await clustersOf(old), await clustersOf(current)];
    expect([...its, ...ours].toSorted()).toEqual(ids.toSorted());
    expect(Math.min(its.length, ours.length)).toBeGreaterThan(0);
  }, 180_000);

  it('understand the same export: importing that of the previous release changes nothing', async () => {
    const { status, out } = await runCli(['import', exported, '--dry-run'], await commandEnv());
    expect({ status, changes: out.match(/^(create|update) .*$/gm) }).toEqual({ status: 0, changes: null });
    expect(out.match(/^unchanged /gm)).toHaveLength(ids.length);
  }, 60_000);

  it('show and carry out requests sent to the other', async () => {
    for (const [asked, holder] of [
      [old, current],
      [current, old],
    ] as const) {
      const [id = ''] = await clustersOf(holder);
      const path = `/clusters/${id}`;
      await ask(asked.url, path, { max_servers: 60 }, token, 'PUT');
      expect(await ask(holder.url, path, undefined, token)).toMatchObject({ max_servers: 60 });
      await ask(asked.url, `${path}/scale`, { desired_servers: 33, hold_for: '10m' }, token);
      await eventually('the servers are asked for', () =>
        fleet.witness.askings.some(({ cluster, desired }) => cluster === id && desired === 33),
      );
      expect(await ask(asked.url, `${path}/status`, undefined, token)).toMatchObject({ hold: { desired_servers: 33 } });
    }
  }, 120_000);

  it('tick clusters created by the newer one', async () => {
    const created: string[] = [];
    await eventually('one of them is for the previous release', async () => {
      const definition = { name: `new-${created.length}`, min_servers: 2, max_servers: 9 };
      const { id } = await ask<{ id: string }>(current.url, '/clusters', definition, token);
      created.push(id);
      const held = (await fleet.holders()).get(old.process.pid) ?? [];
      return held.includes(partitionOf(id));
    });
    await tickedSince(Date.now(), created);
    for (const id of created)
      expect(await ask(old.url, `/clusters/${id}`, undefined, token)).toMatchObject({ status: 'active' });
    ids = [...ids, ...created];
  }, 120_000);

  it("continue alone from the other's state", async () => {
    await fleet.retire(current);
    await fleet.balanced(fairCount(1));
    await tickedSince(Date.now());
    current = await fleet.startInstance();
    await fleet.balanced(fairCount(2));
    await fleet.retire(old);
    await fleet.balanced(fairCount(1));
    await tickedSince(Date.now());
    expect(fleet.witness.doubleActions(INTERVAL_MS / 2)).toEqual([]);
  }, 240_000);
}

if ('root' in before) {
  describe('the previous release and this one', () => {
    together(before.root);
  });
} else {
  // A weaker check than its program: its recorded statements are planned on this schema.
  describe(`the previous release, whose program is not run here: ${before.missing}`, () => {
    it('has its recorded statements accepted by the new schema', () => {
      const { status, stderr } = spawnSync(process.execPath, ['scripts/check-migrations.mjs'], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }, 120_000);
  });
}
