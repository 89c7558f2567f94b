import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fairCount, PARTITIONS } from '#partitions';
import { ask } from '../../bench/ask.js';
import { createRestlessClusters } from '../../bench/fleet/clusters.js';
import { embeddedFleetDatabase } from '../../bench/fleet/database.js';
import { Fleet, type Instance } from '../../bench/fleet/fleet.js';
import { runCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/programs.js';

const INTERVAL_MS = 10_000;
const CLUSTERS = 24;
/** Three instances on one embedded database behind PgBouncer, with a recording proxy in front of the simulator. */
describe('three instances', () => {
  let fleet: Fleet;
  const instances: Instance[] = [];
  let ids: readonly string[];
  let token: string;

  beforeAll(async () => {
    fleet = await Fleet.start(await embeddedFleetDatabase(), { AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms` }, [
      '--provisioning',
      '15s',
    ]);
    const first = await fleet.startInstance();
    instances.push(first, await fleet.startInstance(), await fleet.startInstance());
    await fleet.balanced(fairCount(3));
    ({ ids, token } = await createRestlessClusters(fleet, first, CLUSTERS));
    await eventually('all clusters are ticked', async () => (await ticked(0)) === CLUSTERS);
  }, 180_000);
  afterAll(async () => fleet.stop(), 60_000);

  /** Number of clusters ticked since a time. */
  async function ticked(since: number): Promise<number> {
    const rows = await fleet.database.query<{ count: string }>(
      'SELECT count(DISTINCT cluster_id) AS count FROM decisions WHERE at > $1',
      [new Date(since)],
    );
    return Number(rows[0]?.count);
  }

  /** The longest time between two ticks of a cluster since a time, by the recorded ticks. */
  async function longestGap(since: number): Promise<number> {
    const [row] = await fleet.database.query<{ gap: number }>(
      `SELECT max(gap)::float8 AS gap FROM (
         SELECT extract(epoch FROM at - lag(at) OVER (PARTITION BY cluster_id ORDER BY at)) * 1000 AS gap
           FROM decisions WHERE at > $1) gaps`,
      [new Date(since)],
    );
    return row?.gap ?? Number.NaN;
  }

  it('report the partitions they hold, all of them and each once', async () => {
    const held: number[] = [];
    for (const { url } of instances) {
      const { shares } = (await (await fetch(`${url}/health`)).json()) as { shares: number[] };
      held.push(...shares);
    }
    expect(held.toSorted((a, b) => a - b)).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
  });

  it('carry out requests sent to any of them', async () => {
    for (const [index, id] of ids.slice(0, 6).entries()) {
      const url = instances[index % 3]!.url;
      await ask(url, `/clusters/${id}/scale`, { desired_servers: 33, hold_for: '1s' }, token);
      await eventually('the simulator was asked', async () =>
        fleet.witness.askings.some(({ cluster, desired }) => cluster === id && desired === 33),
      );
    }
  }, 120_000);

  it('tolerate a kill -9: no tick is later than two intervals, and nothing is done twice', async () => {
    const since = Date.now() - INTERVAL_MS;
    await fleet.kill(instances[2]!);
    const killedAt = Date.now();
    await eventually(
      'its clusters are ticked again',
      async () => (await ticked(killedAt)) === CLUSTERS,
      6 * INTERVAL_MS,
    );
    instances[2] = await fleet.startInstance();
    await fleet.balanced(fairCount(3));
    const balancedAt = Date.now();
    await eventually('all are ticked by their holders', async () => (await ticked(balancedAt)) === CLUSTERS);
    // A tick is due one interval after the previous one.
    expect(await longestGap(since)).toBeLessThan(3 * INTERVAL_MS);
    expect(fleet.witness.doubleActions(INTERVAL_MS / 2)).toEqual([]);
  }, 180_000);

  it('reject actions and writes of one that was paused while others took over', async () => {
    const sleeper = instances[1]!;
    const its = (await fleet.holders()).get(sleeper.process.pid) ?? [];
    expect(its.length).toBeGreaterThan(0);
    sleeper.process.signal('SIGSTOP');
    const asleepAt = Date.now();
    await eventually('others hold all partitions', async () => !(await fleet.holders()).has(sleeper.process.pid));
    await eventually('and tick the clusters', async () => (await ticked(asleepAt)) === CLUSTERS, 6 * INTERVAL_MS);
    sleeper.process.signal('SIGCONT');
    await fleet.balanced(fairCount(3));
    const awakeAt = Date.now();
    await eventually('all are ticked by their holders', async () => (await ticked(awakeAt)) === CLUSTERS);
    expect(fleet.witness.doubleActions(INTERVAL_MS / 2)).toEqual([]);
    expect(await longestGap(asleepAt)).toBeLessThan(3 * INTERVAL_MS);
  }, 240_000);

  it('exclude a single instance beside them, with the reason', async () => {
    const [port, prometheus] = (await freePorts(2)) as [number, number];
    const env = { ...fleet.environment(port, prometheus), AUTOSCALER_SCALER_INSTANCES: 'single' };
    const { status, err } = await runCli(['serve'], env);
    expect(status).toBe(1);
    expect(err).toContain('scaler.instances is single, but instances that share its clusters');
    expect(err).toContain('stop that first, or set scaler.instances to shared here, too (AUTOSCALER_SCALER_INSTANCES)');
    await fleet.balanced(fairCount(3));
  });

  it('have late requests with a replaced token rejected by the provider', async () => {
    const askUnder = async (fence: number): Promise<number> =>
      (
        await fetch(`${fleet.simulatorUrl}/clusters/${ids[0]}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json', 'x-fencing-token': String(fence) },
          body: JSON.stringify({ desired_servers: 3 }),
        })
      ).status;
    expect(await askUnder(999_999_999_999_999)).toBe(200);
    expect(await askUnder(999_999_999_999_998)).toBe(409);
  });
});
