import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { ObservationRepository } from '#metrics';
import type { TickRecord } from '../src/loop/stages.js';
import { ScalingEventRepository } from '../src/scaling-events/scaling-event.repository.js';
import { ProviderError } from '#providers';
import { eventually } from '../../../test/support/eventually.js';
import { INTERVAL_MS, LoopProcess, poison, Surroundings } from './loop-harness.js';

describe('faults of the loop', () => {
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
    await service.tick();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const counts = (id = cluster.id) => around.target.world(id).counts;
  const last = async (id = cluster.id) => (await around.decisions(id)).at(-1);

  it('never ticks a cluster twice at a time, and counts skipped ticks', async () => {
    const other = await around.addCluster();
    around.target.fail(cluster.id, { kind: 'hang' });
    const patient = await LoopProcess.create(around, { patienceMs: 1 });
    await patient.loop.wake();
    around.clock.advance(INTERVAL_MS);
    const stuck = patient.loop.wake();
    const isFree = () => patient.registry.get(other.id)?.schedule.busy === false;
    await eventually('the other cluster is ticked', isFree);
    const { skipped } = patient.health.status();
    for (let count = 0; count < 2; count += 1) {
      around.clock.advance(INTERVAL_MS);
      void patient.loop.wake();
      await eventually('the other cluster is ticked', isFree);
    }
    expect(await around.decisions(other.id)).toHaveLength(3);
    expect(await around.decisions(cluster.id)).toHaveLength(1);
    expect(patient.registry.get(cluster.id)?.schedule.busy).toBe(true);
    expect(patient.health.status()).toMatchObject({ skipped: skipped + 2, inFlight: 1 });
    await patient.loop.stop(1);
    await stuck;
    expect(await last()).toMatchObject({ code: 'provider_unreachable' });
  });

  it('ticks a cluster again if it was changed during its tick', async () => {
    const { signal } = new AbortController();
    const seen = await around.target.readOne({ id: cluster.id, fence: null }, { signal });
    let answer = (): void => undefined;
    jest.spyOn(around.target, 'readOne').mockReturnValueOnce(
      new Promise((resolve) => {
        answer = () => resolve(seen);
      }),
    );
    const under = service.tick();
    await eventually('its tick is under way', () => service.registry.get(cluster.id)?.schedule.busy === true);
    service.registry.hasten(cluster.id, around.clock.now());
    // A wake in between finds the tick still running.
    await service.loop.wake();
    answer();
    await under;
    const before = (await around.decisions(cluster.id)).length;
    await service.loop.wake();
    expect(await around.decisions(cluster.id)).toHaveLength(before + 1);
    await service.loop.wake();
    expect(await around.decisions(cluster.id)).toHaveLength(before + 1);
  });

  it('finds changes within minutes although they were committed long after they were made', async () => {
    const deleted = await around.addCluster();
    await service.tick();
    jest.spyOn(around, 'changedSince').mockImplementation(async (asOf) => Promise.resolve({ clusters: [], asOf }));
    await around.hold(cluster.id, 4);
    await around.change(deleted.id, { deletedAt: around.clock.now() });
    await service.tick(30);
    expect(counts()).toMatchObject({ provisioning: 2 });
    expect(service.registry.get(deleted.id)).toBeUndefined();
  });

  it('skips and counts ticks that are too late', async () => {
    around.clock.advance(4 * INTERVAL_MS);
    const before = (await around.decisions(cluster.id)).length;
    const { skipped } = service.health.status();
    await service.loop.wake();
    expect(await around.decisions(cluster.id)).toHaveLength(before + 1);
    expect(service.health.status().skipped).toBe(skipped + 3);
  });

  it('leaves an unreachable provider alone, raises one alert, and continues when it is back', async () => {
    await around.hold(cluster.id, 5);
    around.target.fail(cluster.id, { kind: 'unreachable' });
    await service.tick(2);
    expect(await last()).toMatchObject({ action: 'MAINTAIN', current: 2, desired: 2, code: 'provider_unreachable' });
    expect(around.target.asked).toEqual([]);
    const statusOf = async () =>
      database.dataSource.query(`SELECT status, status_reason FROM clusters WHERE id = $1`, [cluster.id]);
    expect(await statusOf()).toEqual([{ status: 'error', status_reason: expect.stringContaining('connection reset') }]);
    await around.change(cluster.id, { status: 'error' });
    around.target.fail(cluster.id, null);
    await service.tick();
    expect(counts()).toMatchObject({ provisioning: 3 });
    expect(await statusOf()).toEqual([{ status: 'active', status_reason: null }]);
    expect(service.alerts()).toEqual(['provider_unreachable raised', 'provider_unreachable cleared']);
  });

  it('limits how long a provider may hang', async () => {
    const resilience = { reading: { timeoutMs: 20, retries: 1 }, breakAfter: 3, breakMs: 60_000 };
    const bounded = await LoopProcess.create(around, { resilience });
    await bounded.loop.wake();
    around.target.fail(cluster.id, { kind: 'hang' });
    await bounded.tick(3);
    expect(await last()).toMatchObject({ action: 'MAINTAIN', code: 'provider_unreachable' });
    // Its metrics were answered: the connection is not down, and is asked again at each tick.
    expect(bounded.providers.openCircuits('target')).toBe(0);
    around.silent.add(cluster.id);
    await bounded.tick(3);
    expect(bounded.providers.openCircuits('target')).toBe(1);
    around.silent.clear();
  });

  it('records a refusal, and retries with back-off', async () => {
    await around.hold(cluster.id, 5);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    await service.tick(8);
    const events = await around.events(cluster.id);
    expect(events.length).toBeGreaterThan(1);
    expect(events.length).toBeLessThan(6);
    expect(events[0]).toMatchObject({ outcome: 'failed', servers_after: 2, error: 'quota exceeded' });
    const withheld = (await around.decisions(cluster.id)).filter(({ code }) => code === 'backing_off');
    const words = 'The provider refused: quota exceeded.';
    expect(withheld.at(-1)?.steps.at(-1)).toMatchObject({
      reason: expect.stringContaining(words),
      data: { error: 'quota exceeded', refusal: 'refused' },
    });
    expect(service.memory(cluster.id).conditions.get('scaling_failed')).toMatchObject({
      message: 'The provider refused 3 more servers: quota exceeded. The request is repeated.',
      data: { action: 'SCALE_UP', desired: 5, error: 'quota exceeded', refusal: 'refused' },
    });
    around.target.fail(cluster.id, null);
    await service.tick(8);
    expect(counts()).toMatchObject({ active: 5 });
    expect(service.alerts()).toEqual(['scaling_failed raised', 'scaling_failed cleared']);
  });

  it.each([
    ['states no count of its own', true],
    ['states what it was asked for as its own count', false],
  ])('retries after a partial grant by a provider that %s', async (_name, statesNone) => {
    if (statesNone) around.target.stateNoCount(cluster.id);
    await around.hold(cluster.id, 5);
    around.target.fail(cluster.id, null, { kind: 'partial', granted: 1 });
    await service.tick(3);
    expect((await around.events(cluster.id)).map(({ outcome, servers_after }) => [outcome, servers_after])).toEqual([
      ['partial', 3],
      ['partial', 4],
      ['success', 5],
    ]);
    expect((await around.decisions(cluster.id)).slice(-3).map(({ desired }) => desired)).toEqual([5, 5, 5]);
    expect(service.alerts()).toEqual(['scaling_failed raised', 'scaling_failed cleared']);
  });

  it.each([
    ['at once where the provider has accepted the lower one', false, [5, 7]],
    ['with the next attempt where it states no count', true, [5]],
  ])('requests a higher count after a partial grant %s', async (_name, statesNone, asked) => {
    if (statesNone) around.target.stateNoCount(cluster.id);
    await service.tick();
    await around.change(cluster.id, { config: { intervalMs: 1000 } });
    await service.tick();
    around.target.fail(cluster.id, null, { kind: 'partial', granted: 1 });
    for (const desired of [5, 7]) {
      await around.hold(cluster.id, desired);
      around.clock.advance(1000);
      await service.loop.wake();
    }
    expect(around.target.asked.map(({ desired }) => desired)).toEqual(asked);
  });

  it('finds out the outcome of a request whose response was lost, without repeating it', async () => {
    await around.hold(cluster.id, 5);
    around.target.fail(cluster.id, null, { kind: 'answer_lost' });
    await service.tick();
    expect((await around.events(cluster.id))[0]).toMatchObject({ outcome: 'pending', servers_after: null });
    await service.tick();
    expect(await around.events(cluster.id)).toEqual([
      expect.objectContaining({ outcome: 'success', servers_after: 5 }),
    ]);
    expect(around.target.asked).toHaveLength(1);
    expect(service.alerts()).toEqual([]);
  });

  it('detects a count changed by hand, and lost servers', async () => {
    around.target.world(cluster.id).setDesired(4, around.clock.now());
    await service.tick();
    around.target.world(cluster.id).crash(1, around.clock.now());
    await service.tick();
    expect(service.alerts()).toEqual(['drift noticed', 'servers_lost raised']);
    // Lost servers are requested again at once.
    expect(await around.events(cluster.id)).toMatchObject([{ action: 'SCALE_UP', servers_before: 3, desired: 4 }]);
  });

  it('removes nothing while metrics are missing, stale or implausible', async () => {
    await around.hold(cluster.id, 6);
    await service.tick(5);
    await around.change(cluster.id, { hold: null, policy: { mode: 'act', targetTracking: TRACKING } });
    around.silent.add(cluster.id);
    await service.tick(2);
    const absurd = { serverId: 'unknown', at: around.clock.now(), cpu: Number.NaN, memory: -1, requestRate: 0 };
    around.silent.clear();
    around.reports.set(cluster.id, [absurd]);
    await service.tick(2);
    expect(counts()).toMatchObject({ active: 6 });
    expect(service.alerts()).toEqual(expect.arrayContaining(['metrics_missing raised', 'samples_refused raised']));
    const [seen] = await database.dataSource.query<{ refused: number }[]>(
      `SELECT refused FROM observations WHERE cluster_id = $1 ORDER BY at DESC LIMIT 1`,
      [cluster.id],
    );
    expect(seen?.refused).toBe(1);
  });

  it('alerts on silent servers, removes none meanwhile, and clears the alert when they report again', async () => {
    await around.hold(cluster.id, 10);
    await service.tick(5);
    await around.change(cluster.id, { hold: null, policy: { mode: 'act', targetTracking: TRACKING } });
    const samples = around.target.samplesOf(cluster.id);
    const heard = (count: number) => samples.slice(0, count).map((sample) => ({ ...sample, at: around.clock.now() }));
    // Until new servers are old enough to have reported.
    for (let tick = 0; tick < 40; tick += 1) {
      around.clock.advance(1000);
      around.reports.set(cluster.id, heard(6));
      await service.tick();
    }
    expect(counts()).toMatchObject({ active: 10 });
    expect(service.alerts()).toEqual(['servers_silent raised']);
    around.reports.delete(cluster.id);
    await service.tick();
    expect(service.alerts()).toContain('servers_silent cleared');
  });

  it('keeps the valid fields of a sample, and names the rejected one', async () => {
    const samples = around.target.samplesOf(cluster.id);
    const report = samples.map((sample, index) => ({ ...sample, memory: null, requestRate: index === 0 ? -1 : 5 }));
    around.reports.set(cluster.id, report);
    await service.tick();
    const alert = service.told.find(({ type }) => type === 'alert');
    expect(alert?.data).toMatchObject({ code: 'samples_refused', data: { fields: 'request_rate' } });
    const rows = await database.dataSource.query(
      `SELECT cpu, memory, request_rate FROM samples WHERE cluster_id = $1 AND memory IS NULL ORDER BY server_id`,
      [cluster.id],
    );
    expect(rows).toEqual([
      { cpu: expect.any(Number), memory: null, request_rate: null },
      { cpu: expect.any(Number), memory: null, request_rate: 5 },
    ]);
  });

  it('continues with the others when one cluster fails', async () => {
    const broken = await around.addCluster();
    await service.tick(2);
    await around.change(broken.id, { policy: null as unknown as Cluster['policy'] });
    await service.tick(2);
    expect(service.problems[0]).toContain(`cannot tick cluster ${broken.id}`);
    expect(service.health.status().failedTicks).toBe(2);
    expect(service.alerts()).toEqual(['tick_failed raised']);
    expect(service.told.filter(({ type }) => type === 'alert')).toMatchObject([
      {
        cluster_id: broken.id,
        data: { severity: 'critical', data: { error: expect.stringContaining('decide failed') } },
      },
    ]);
    // Each wake has its own trace.
    expect(service.traces).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
    expect(service.traces[0]).not.toBe(service.traces[1]);
    expect((await last())?.at.getTime()).toBe(around.clock.now());
    // The next process knows that the alert was raised.
    const next = await LoopProcess.create(around);
    await next.loop.wake();
    await next.tick();
    expect(next.problems[0]).toContain(`cannot tick cluster ${broken.id}`);
    expect(next.alerts()).toEqual([]);
    await around.change(broken.id, { policy: { mode: 'act' } });
    await next.tick(2);
    expect(next.alerts()).toEqual(['tick_failed cleared']);
  });

  describe('while models are not restored yet', () => {
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    let learned: Cluster;
    beforeEach(async () => {
      await around.change(cluster.id, { policy: { mode: 'act', slo } });
      learned = await around.addCluster({ policy: { mode: 'act', slo } });
      await service.tick(2);
    });

    it('waits for the next wake, and not for clusters that cannot be ticked', async () => {
      const second = await LoopProcess.create(around);
      jest.spyOn(second.get(ObservationRepository), 'byMinute').mockReturnValue(new Promise(() => undefined));
      await second.loop.wake();
      around.clock.advance(INTERVAL_MS);
      expect(second.registry.size).toBe(2);
      expect(second.registry.nextDueAt()).toBeNull();
    });

    it.each([
      [
        'model',
        `INSERT INTO cluster_models (cluster_id, version, violations, max_utilization, step_seconds, lead_seconds, minute, memory)
          VALUES ($1, 5, 0.01, 0.9, 0, 120, 1, '') ON CONFLICT (cluster_id) DO UPDATE SET step_seconds = 0`,
      ],
      ['history', `UPDATE observations SET lead_time_ms = -600000 WHERE cluster_id = $1`],
    ])('starts from nothing where %s is damaged, and continues with the others', async (_what, damage) => {
      await database.dataSource.query(damage, [cluster.id]);
      const second = await LoopProcess.create(around);
      await second.loop.wake();
      await eventually('both are ready', () => [cluster, learned].every(({ id }) => second.memory(id).acting.ready));
      const count = async (): Promise<number[]> =>
        Promise.all([cluster, learned].map(async ({ id }) => (await around.decisions(id)).length));
      const before = await count();
      await second.tick();
      expect(await count()).toEqual(before.map((ticks) => ticks + 1));
    });
  });

  describe('when the clock is set back', () => {
    it("keeps ticking, at the cluster's own interval", async () => {
      around.clock.advance(-3_600_000);
      await service.loop.wake();
      const before = (await around.decisions(cluster.id)).length;
      await service.tick(3);
      expect(await around.decisions(cluster.id)).toHaveLength(before + 3);
    });

    it('retries a provider that refused before', async () => {
      await around.hold(cluster.id, 5, 24 * 3_600_000);
      around.target.fail(cluster.id, null, { kind: 'refuse' });
      await service.tick();
      around.target.fail(cluster.id, null);
      around.clock.advance(-3_600_000);
      await service.loop.wake();
      await service.tick();
      expect(counts()).toMatchObject({ active: 2, provisioning: 3 });
    });
  });

  describe('while the database is unreachable', () => {
    const breakDatabase = (): (() => void) => {
      const down = async (): Promise<never> => {
        throw new Error('Connection terminated unexpectedly');
      };
      const spies = [
        jest.spyOn(database.dataSource, 'query').mockImplementation(down),
        jest.spyOn(database.dataSource, 'transaction').mockImplementation(down),
      ];
      return () => spies.forEach((spy) => spy.mockRestore());
    };

    it('carries out nothing that it cannot record, keeps its observations, and writes them afterwards', async () => {
      await around.hold(cluster.id, 5);
      await service.loop.wake();
      const before = (await around.decisions(cluster.id)).length;
      const repair = breakDatabase();
      await service.tick(3);
      expect(around.target.asked).toEqual([]);
      expect(service.health.status()).toMatchObject({ writable: false, waitingTicks: 3 });
      repair();
      await service.tick();
      expect(service.health.status()).toMatchObject({ writable: true, waitingTicks: 0, droppedTicks: 0 });
      expect(await around.decisions(cluster.id)).toHaveLength(before + 4);
      expect(counts()).toMatchObject({ provisioning: 3 });
      expect(service.alerts()).toEqual(['scaling_failed raised', 'scaling_failed cleared']);
    });

    it('later writes the state at each tick, not the state when the database is back', async () => {
      const repair = breakDatabase();
      await service.tick(2);
      repair();
      await around.hold(cluster.id, 5);
      await service.tick(2);
      const rows = await database.dataSource.query(
        `SELECT o.desired, o.active + o.provisioning AS seen FROM observations o WHERE cluster_id = $1 ORDER BY at DESC LIMIT 4`,
        [cluster.id],
      );
      expect(rows).toEqual([
        { desired: 5, seen: 5 },
        { desired: 5, seen: 2 },
        { desired: 2, seen: 2 },
        { desired: 2, seen: 2 },
      ]);
    });

    it('does not write twice what was committed without confirmation', async () => {
      const transaction = database.dataSource.transaction.bind(database.dataSource) as (
        work: unknown,
      ) => Promise<unknown>;
      jest.spyOn(database.dataSource, 'transaction').mockImplementationOnce(async (work: unknown) => {
        await transaction(work);
        throw new Error('Connection terminated unexpectedly');
      });
      const before = (await around.decisions(cluster.id)).length;
      await service.tick(2);
      expect(await around.decisions(cluster.id)).toHaveLength(before + 2);
    });

    it('drops the oldest ticks above the limit, and reports the number', async () => {
      const small = await LoopProcess.create(around, { bufferTicks: 2 });
      await small.loop.wake();
      const repair = breakDatabase();
      await small.tick(5);
      expect(small.health.status()).toMatchObject({ waitingTicks: 2, droppedTicks: 3 });
      expect(small.problems.join()).toContain('dropped 1 tick:');
      repair();
      const before = (await around.decisions(cluster.id)).length;
      await small.tick();
      expect(await around.decisions(cluster.id)).toHaveLength(before + 3);
    });

    it('drops a tick that the database rejects, and only that one', async () => {
      const poisoned = await around.addCluster();
      await service.tick();
      poison(service, poisoned.id);
      const before = (await around.decisions(cluster.id)).length;
      await service.tick();
      expect(await around.decisions(cluster.id)).toHaveLength(before + 1);
      expect(service.health.status().droppedTicks).toBe(1);
      expect(service.problems.join()).toContain(poisoned.id);
    });

    it('drops an outcome that the database rejects, and no further tick', async () => {
      const other = await around.addCluster();
      await around.hold(cluster.id, 5);
      jest.spyOn(service.providers, 'setDesired').mockRejectedValueOnce(new ProviderError('refused', 'no\0quota'));
      await service.tick();
      const before = (await around.decisions(other.id)).length;
      await service.tick(3);
      expect(service.health.status().droppedTicks).toBe(1);
      expect(await around.decisions(other.id)).toHaveLength(before + 3);
      expect(service.problems.join()).toMatch(/cannot record the outcome of a dropped tick of cluster \S+/);
    });

    it('keeps the outcomes of dropped ticks while others are being written', async () => {
      const small = await LoopProcess.create(around, { bufferTicks: 1 });
      await small.loop.wake();
      const ticked: (readonly TickRecord[])[] = [];
      const recording = jest.spyOn(small.recorder, 'record').mockImplementation(async (acted) => {
        ticked.push(acted);
      });
      for (const desired of [5, 6, 6]) {
        await around.hold(cluster.id, desired);
        await small.tick();
      }
      recording.mockRestore();
      const transaction = database.dataSource.transaction.bind(database.dataSource) as (
        work: unknown,
      ) => Promise<unknown>;
      const lost = new Error('Connection terminated unexpectedly');
      const transactions = jest.spyOn(database.dataSource, 'transaction').mockRejectedValueOnce(lost);
      await small.recorder.record(ticked[0]!);
      let commit = (): void => undefined;
      const committed = new Promise<void>((resolve) => {
        commit = resolve;
      });
      let isWritten = false;
      transactions.mockImplementationOnce(async (work: unknown) => {
        await transaction(work);
        isWritten = true;
        await committed;
      });
      const second = small.recorder.record(ticked[1]!);
      await eventually('the second tick is written', () => isWritten);
      await small.recorder.record(ticked[2]!);
      commit();
      await second;
      await small.recorder.flush();
      expect(small.health.status()).toMatchObject({ waitingTicks: 0, droppedTicks: 2 });
      expect((await around.events(cluster.id)).map(({ outcome }) => outcome)).toEqual(['success', 'success']);
    });

    it('keeps a limited number of outcomes for a database that can be read but not written', async () => {
      const small = await LoopProcess.create(around, { bufferTicks: 2 });
      await small.loop.wake();
      await around.hold(cluster.id, 5);
      const query = database.dataSource.query.bind(database.dataSource) as (...args: unknown[]) => Promise<unknown>;
      const readOnly = new Error('cannot execute INSERT in a read-only transaction');
      const spies = [
        jest.spyOn(database.dataSource, 'query').mockImplementation(async (...args: unknown[]) => {
          if (String(args[0]).startsWith('INSERT')) throw readOnly;
          return await query(...args);
        }),
        jest.spyOn(database.dataSource, 'transaction').mockRejectedValue(readOnly),
      ];
      await small.tick(12);
      spies.forEach((spy) => spy.mockRestore());
      const finish = jest.spyOn(small.get(ScalingEventRepository), 'finish');
      await small.recorder.flush();
      // Two of dropped ticks, and one of each buffered tick.
      expect(finish.mock.calls.reduce((sum, [events]) => sum + events.length, 0)).toBe(4);
    });

    it('invents no outcomes of requests that were never made', async () => {
      await around.hold(cluster.id, 5);
      await service.loop.wake();
      const repair = breakDatabase();
      await service.tick(3);
      repair();
      const finish = jest.spyOn(service.get(ScalingEventRepository), 'finish');
      await service.recorder.flush();
      expect(finish.mock.calls.flatMap(([events]) => events)).toEqual([]);
    });
  });
});

const TRACKING = {
  metrics: [{ metric: 'cpu', target: 90 }],
  tolerance: 0.1,
  scaleUpStabilizationMs: 0,
  scaleDownStabilizationMs: 0,
  scaleUp: { select: 'max', rules: [{ type: 'percent', value: 100, periodMs: 15_000 }] },
  scaleDown: { select: 'max', rules: [{ type: 'percent', value: 100, periodMs: 15_000 }] },
} as const;
