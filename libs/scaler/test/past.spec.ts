import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '#auth';
import type { Cluster } from '#clusters';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { modelOf, serviceLevelOf, type StoredModel } from '#engine';
import { Past, type PastMinute } from '#world';
import { eventually } from '../../../test/support/eventually.js';
import { ModelAdoption } from '../src/past/model-adoption.js';
import { PastWriter } from '../src/past/past.writer.js';
import { DecisionRepository } from '../src/decisions/decision.repository.js';
import type { ScalingEventDto } from '../src/scaling-events/scaling-event.dto.js';
import { ScalingEventRepository } from '../src/scaling-events/scaling-event.repository.js';
import { ScalingEventService } from '../src/scaling-events/scaling-event.service.js';
import { LoopProcess, OWNER, Surroundings } from './loop-harness.js';

const MINUTE_MS = 60_000;
const HOURS = 12;
const SLO = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const WAKES_A_MINUTE = 6;
const LEAD_TIME_MS = 2000;
const ADMIN: Principal = { id: OWNER, username: 'owner', role: 'admin', scope: 'all' };

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;
let service: LoopProcess;
/** What was simulated: twelve hours until the cluster began. */
let minutes: readonly PastMinute[];
let learned: StoredModel;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database?.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  cluster = await around.addCluster({
    policy: { mode: 'act', slo: SLO },
    bounds: { min: 1, max: 50 },
    config: { intervalMs: MINUTE_MS },
  });
  const lastAt = Math.floor(around.clock.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const load = Array.from({ length: 60 * HOURS }, (_, minute) => 300 + 100 * Math.sin((minute / 20) * 2 * Math.PI));
  const past = new Past({
    load,
    firstAt: lastAt - (load.length - 1) * MINUTE_MS,
    policy: cluster.policy,
    bounds: cluster.bounds,
    leadTimeMs: LEAD_TIME_MS,
    capacity: 100,
    baseCpu: 50,
    baseMemory: 40,
    variance: 3,
    samplesFrom: lastAt - 9 * MINUTE_MS,
  });
  minutes = past.next(load.length);
  learned = past.model!;
  service = await LoopProcess.create(around);
});

const past = (): PastWriter => service.get(PastWriter);
const events = (): ScalingEventService =>
  new ScalingEventService({ assertVisible: async () => undefined }, service.get(ScalingEventRepository), around.clock);
const minuteOf = (of: LoopProcess): number | undefined =>
  modelOf({ policies: of.memory(cluster.id).acting.state })?.minute;

const stateOf = (of: LoopProcess): string | undefined =>
  serviceLevelOf({ policies: of.memory(cluster.id).acting.state })?.state;

async function count(table: string): Promise<number> {
  const [{ count: rows }] = await database.dataSource.query<[{ count: number }]>(
    `SELECT count(*)::int AS count FROM ${table} WHERE cluster_id = $1`,
    [cluster.id],
  );
  return rows;
}

describe('a simulated past', () => {
  it('is recorded by the minute, samples only where it has them, and is summarized', async () => {
    await past().write(cluster.id, minutes, LEAD_TIME_MS, learned);
    const samples = minutes.slice(-10).reduce((sum, { observation }) => sum + observation.servers.active, 0);
    expect(await Promise.all(['observations', 'decisions', 'forecasts', 'samples'].map(count))).toEqual([
      ...[0, 1, 2].map(() => minutes.length),
      samples,
    ]);
    const rows: { hpa_desired: number | null }[] = await database.dataSource.query(
      `SELECT hpa_desired FROM forecasts WHERE cluster_id = $1 ORDER BY at`,
      [cluster.id],
    );
    expect(rows.map(({ hpa_desired }) => hpa_desired)).toEqual(
      minutes.map(({ decision }) => decision.steps.find(({ code }) => code === 'shadows')?.data?.['shadow_hpa']),
    );
    const [first, last] = [minutes[0]!.observation.at, minutes.at(-1)!.observation.at];
    expect(await past().lastBefore(cluster.id, last + 1)).toBe(last);
    expect(await past().lastBefore(cluster.id, first)).toBeNull();
    await past().summarize(first, last + MINUTE_MS);
    expect(await count('observations_by_minute')).toBe(minutes.length);
  });

  it('has a scaling event for each decision that changed the count, marked as simulated, and none that counts', async () => {
    await past().write(cluster.id, minutes, LEAD_TIME_MS, learned);
    const list = async (): Promise<readonly ScalingEventDto[]> =>
      (await events().list(ADMIN, cluster.id, { range: '1d', limit: 1000 })).events;
    const listed = await list();
    const changes = minutes.map(({ decision }) => decision).filter(({ action }) => action !== 'MAINTAIN');
    expect(changes.length).toBeGreaterThan(10);
    expect(listed.toReversed().map((event) => [event.timestamp, event.servers_before, event.servers_after])).toEqual(
      changes.map(({ at, current, desired }) => [new Date(at).toISOString(), current, desired]),
    );
    expect(listed.every(({ simulated, outcome }) => simulated && outcome === 'success')).toBe(true);
    const [newest] = listed;
    expect(await service.get(DecisionRepository).find(cluster.id, newest!.id)).toMatchObject({
      desired: newest!.desired,
      reason: newest!.reason,
    });
    expect(await events().stats(ADMIN, cluster.id, { range: '1d', limit: 1 })).toMatchObject({ total: 0 });
    expect((await events().recent(ADMIN, { limit: 100 })).events).toEqual([]);
    await past().removeEvents(cluster.id, Date.parse(newest!.timestamp));
    expect((await list()).map(({ id }) => id)).toEqual([newest!.id]);
  });

  it('is written wholly or not at all', async () => {
    const [one] = minutes;
    const broken = { ...one!, forecast: { ...one!.forecast!, model: null as unknown as string } };
    await expect(past().write(cluster.id, [...minutes.slice(1), broken], LEAD_TIME_MS, learned)).rejects.toThrow(
      'null value in column "model"',
    );
    const tables = ['observations', 'decisions', 'forecasts', 'cluster_models', 'scaling_events'];
    expect(await Promise.all(tables.map(count))).toEqual(tables.map(() => 0));
  });

  it('puts what was learned into force between two ticks, with what was observed since, and no tick is lost', async () => {
    await service.loop.wake();
    await service.tick(3 * WAKES_A_MINUTE);
    const young = minuteOf(service);
    expect(stateOf(service)).toBe('learning');
    await past().write(cluster.id, minutes, LEAD_TIME_MS, learned);
    around.clock.advance(10_000);
    const [, isAdopted] = await Promise.all([
      service.tick(WAKES_A_MINUTE),
      service.get(ModelAdoption).adopt(cluster.id, learned),
    ]);
    expect(isAdopted).toBe(true);
    expect(minuteOf(service)).toBeGreaterThanOrEqual(young!);
    await service.tick(WAKES_A_MINUTE);
    expect(stateOf(service)).toBe('trusted');
    expect(service.problems).toEqual([]);
  });

  it('is known after a restart', async () => {
    await service.loop.wake();
    await service.tick(WAKES_A_MINUTE);
    await past().write(cluster.id, minutes, LEAD_TIME_MS, learned);
    await service.loop.stop(1000);
    const restarted = await LoopProcess.create(around);
    await restarted.loop.wake();
    await eventually('the model is loaded', () => minuteOf(restarted) !== undefined);
    expect(minuteOf(restarted)).toBeGreaterThanOrEqual(learned.minute);
  });

  it('of a cluster that is ticked elsewhere is only stored', async () => {
    expect(await service.get(ModelAdoption).adopt(cluster.id, learned)).toBe(false);
  });
});
