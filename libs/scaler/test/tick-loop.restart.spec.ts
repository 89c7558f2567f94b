import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { nextDue, phaseOf } from '../src/loop/schedule.js';
import { ProviderError } from '#providers';
import type { ProviderState } from '#providers';
import type { Call, ProviderCluster, Readings, Session } from '#providers/sdk';
import { GivenPartitions } from '../../partitions/test/given-partitions.js';
import { INTERVAL_MS, LoopProcess, Surroundings } from './loop-harness.js';
import { PLAIN_THRESHOLD } from './plain-threshold.js';

const THRESHOLD = { ...PLAIN_THRESHOLD, scaleUpStep: 2, emergencyStep: 2, cooldownDownMs: 600_000 };

/** A process that dies at a chosen moment: its request hangs until `bury`. */
class DyingTarget implements Session {
  readonly reached: Promise<void>;
  private died: () => void = () => undefined;
  private readonly burial = new AbortController();

  constructor(
    private readonly inner: Required<Pick<Session, 'read' | 'setDesired'>>,
    private readonly dies: 'before_asking' | 'after_asking',
  ) {
    this.reached = new Promise((resolve) => {
      this.died = resolve;
    });
  }

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    return this.inner.read(clusters, call);
  }

  async setDesired(cluster: ProviderCluster, desired: number, call: Call): Promise<ProviderState> {
    if (this.dies === 'after_asking') await this.inner.setDesired(cluster, desired, call);
    this.died();
    return new Promise((_resolve, reject) => {
      this.burial.signal.addEventListener('abort', () => reject(new ProviderError('unreachable', 'dead')));
    });
  }

  async close(): Promise<void> {}

  /** Ends the tick that hangs, so that none of its timers outlives the test. */
  bury(): void {
    this.burial.abort();
  }
}

describe('a loop that is killed and restarted', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let cluster: Cluster;
  const deaths: { readonly target: DyingTarget; readonly tick: Promise<void> }[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());
  beforeEach(async () => {
    around = new Surroundings(database.dataSource);
    cluster = await around.addCluster({ policy: { mode: 'act', threshold: THRESHOLD } });
  });
  afterEach(async () => {
    for (const { target, tick } of deaths.splice(0)) {
      target.bury();
      await tick;
    }
  });

  const start = async (target?: Session): Promise<LoopProcess> => {
    const service = await LoopProcess.create(around, target === undefined ? {} : { target });
    await service.loop.wake();
    return service;
  };
  /** A process that dies during the tick in which it scales. */
  const die = async (when: 'before_asking' | 'after_asking'): Promise<void> => {
    const target = new DyingTarget(around.target, when);
    const service = await start(target);
    deaths.push({ target, tick: service.tick() });
    await target.reached;
  };
  const load = (cpuTarget: number) =>
    around.target
      .world(cluster.id)
      .addSpike({ cpuTarget, durationMs: 3_600_000, rampUpMs: 0, rampDownMs: 0 }, around.clock.now());

  it('finds the requested servers and does not request them again', async () => {
    load(95);
    await die('after_asking');
    expect((await around.events(cluster.id)).map(({ outcome }) => outcome)).toEqual(['pending']);

    const second = await start();
    await second.tick();
    expect(await around.events(cluster.id)).toEqual([
      expect.objectContaining({ outcome: 'success', servers_before: 2, servers_after: 4, desired: 4 }),
    ]);
    expect(around.target.asked).toHaveLength(1);
    expect(second.alerts()).toEqual([]);
    // Requested by the first process, measured by the second.
    await second.tick(3);
    expect(second.memory(cluster.id).tracking.leadTimes).toHaveLength(2);
  });

  it('decides at the next slot, not sooner, where another instance takes over right after a request', async () => {
    const holdAll = async (token: number): Promise<void> => {
      await database.dataSource.query(
        `INSERT INTO shares (share, token, job_id, attempt) SELECT share, $1, gen_random_uuid(), 0 FROM generate_series(0, 63) share
          ON CONFLICT (share) DO UPDATE SET token = excluded.token`,
        [token],
      );
    };
    await holdAll(5);
    const target = new DyingTarget(around.target, 'after_asking');
    const first = await LoopProcess.create(around, { target, partitions: new GivenPartitions(5) });
    await first.loop.wake();
    await first.tick(2);
    load(95);
    deaths.push({ target, tick: first.tick() });
    await target.reached;

    await holdAll(6);
    const own = nextDue(around.clock.now(), phaseOf(cluster.id, { intervalMs: INTERVAL_MS }), INTERVAL_MS);
    around.clock.advance(own - around.clock.now() - 1);
    const second = await LoopProcess.create(around, { partitions: new GivenPartitions(6) });
    await second.loop.wake();
    await second.loop.wake();
    // The third tick was not recorded; counted from the second one the cluster would be overdue.
    expect(await around.decisions(cluster.id)).toHaveLength(2);
    expect(around.target.asked).toHaveLength(1);
    around.clock.advance(1);
    await second.loop.wake();
    expect(await around.decisions(cluster.id)).toHaveLength(3);
    // The killed process does not know that it was replaced: the new holder's token rejects its writes.
    const { signal } = new AbortController();
    await expect(around.target.setDesired({ id: cluster.id, fence: 5 }, 9, { signal })).rejects.toMatchObject({
      code: 'fenced',
    });
  });

  it('requests again if the provider was never reached', async () => {
    load(95);
    await die('before_asking');

    const second = await start();
    await second.tick();
    expect((await around.events(cluster.id)).map(({ outcome }) => outcome)).toEqual(['failed', 'success']);
    expect(around.target.world(cluster.id).counts).toMatchObject({ active: 2, provisioning: 2 });
  });

  it('closes the intents of deleted clusters', async () => {
    load(95);
    await die('after_asking');
    await around.change(cluster.id, { deletedAt: around.clock.now() });
    await start();
    expect(await around.events(cluster.id)).toEqual([expect.objectContaining({ outcome: 'failed' })]);
  });

  it('keeps cooldowns', async () => {
    load(95);
    const first = await start();
    await first.tick();
    expect(around.target.asked).toHaveLength(1);
    load(1000);
    const second = await start();
    await second.tick(2);
    expect(around.target.asked).toHaveLength(1);
    await second.tick(5);
    expect(around.target.asked.length).toBeGreaterThan(1);
  });

  it('keeps the cooldown of an intent without recorded outcome, from the time of the intent', async () => {
    load(95);
    await die('after_asking');
    const askedAt = around.clock.now();

    const second = await start();
    await second.tick(2);
    expect(second.memory(cluster.id).common.lastScaleUpAt).toBe(askedAt);
  });

  it('keeps provisioning servers and lead times', async () => {
    await around.hold(cluster.id, 4);
    const first = await start();
    await first.tick();
    const second = await start();
    await second.tick(3);
    const { tracking, common, acting } = second.memory(cluster.id);
    expect(tracking.leadTimes).toEqual([30_000, 30_000]);
    const third = await start();
    const restored = third.memory(cluster.id);
    expect(restored.tracking).toEqual(tracking);
    // Details of single servers are stored only where needed.
    const written = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
    expect(written([restored.common, restored.acting.state])).toEqual(written([common, acting.state]));
  });

  it('keeps back-off and active conditions: no earlier request, and no second alert', async () => {
    await around.hold(cluster.id, 5);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    const first = await start();
    await first.tick(3);
    const asked = around.target.asked.length;
    const { backoff, conditions } = first.memory(cluster.id);
    expect(backoff?.until).toBeGreaterThan(around.clock.now() + INTERVAL_MS);

    const second = await start();
    await second.tick();
    expect(second.memory(cluster.id)).toMatchObject({ backoff });
    expect([...second.memory(cluster.id).conditions.keys()]).toEqual([...conditions.keys()]);
    expect(around.target.asked).toHaveLength(asked);
    expect(second.alerts()).toEqual([]);

    around.target.fail(cluster.id, null);
    await second.tick(6);
    expect(second.alerts()).toEqual(['scaling_failed cleared']);
    const third = await start();
    expect(third.memory(cluster.id)).toMatchObject({ backoff: null });
    expect([...third.memory(cluster.id).conditions.keys()]).toEqual(['large_change']);
  });

  it('writes buffered ticks before it stops', async () => {
    const service = await start();
    const spy = jest.spyOn(database.dataSource, 'transaction').mockRejectedValueOnce(new Error('away'));
    await service.tick();
    spy.mockRestore();
    expect(await around.decisions(cluster.id)).toHaveLength(0);
    await service.loop.stop(1000);
    expect(await around.decisions(cluster.id)).toHaveLength(1);
    await service.tick();
    expect(await around.decisions(cluster.id)).toHaveLength(1);
  });
});
