import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ManualClock } from '#config/testing';
import type { Principal } from '#auth';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { observe } from '#engine';
import { NotFoundError } from '#http';
import { aggregatesIn, observationsIn } from '../../metrics/test/in-database.js';
import { decisionsIn, forecastsIn } from '../../scaler/test/in-database.js';
import { TimelineService } from '../src/timeline/timeline.service.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** On the hour and in the past, so that buckets are full and aggregates cover it. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
const ID = '00000000-0000-4000-8000-0000000000c1';
const ALICE: Principal = {
  id: '00000000-0000-4000-8000-0000000000a1',
  username: 'alice',
  role: 'operator',
  scope: 'own',
};

let database: TestDatabase;
let timelines: TimelineService;

/** Older ticks are removed, as retention does; their aggregates are kept. */
const TICKS_KEPT_HOURS = 20;
/** At that time a third server was draining for a minute. */
const LEFT_AGO = 5 * HOUR;

/**
 * One tick a minute for thirty hours, two servers: CPU is 20 in even minutes and 40 in odd ones; one forecast an hour.
 */
beforeAll(async () => {
  database = await createTestDatabase();
  const observations = Array.from({ length: 30 * 60 }, (_, tick) => {
    const at = NOW - (30 * 60 - tick) * MINUTE;
    const active = ['a', 'b'].map((id) => ({ id, state: 'ACTIVE' as const }));
    const servers = at === NOW - LEFT_AGO ? [...active, { id: 'c', state: 'DRAINING' as const }] : active;
    const cpu = tick % 2 === 0 ? 20 : 40;
    const samples = active.map(({ id }) => ({ serverId: id, at, cpu, memory: 10, requestRate: 50 }));
    return {
      clusterId: ID,
      observation: observe({ now: at, intervalMs: MINUTE, servers, samples }),
      desired: 2,
      leadTimeMs: null,
      providerAnswered: true,
    };
  });
  const forecasts = Array.from({ length: 30 }, (_, hour) => ({
    clusterId: ID,
    forecast: {
      at: NOW - (hour + 1) * HOUR,
      horizonMs: 120_000,
      model: 'test',
      level: 0.9,
      upper: 1.5,
      quantiles: { '0.5': 1, '0.9': 1.5, '0.99': 2 },
    },
    hpa: hour % 2 === 0 ? 4 : hour === 1 ? null : 5,
  }));
  await database.dataSource.transaction(async (manager) => {
    await observationsIn(database.dataSource).writeTick(observations, manager);
    await forecastsIn(database.dataSource).writeTick(forecasts, manager);
  });
  for (const view of ['minute', 'hour']) {
    await database.dataSource.query(
      `CALL refresh_continuous_aggregate('observations_by_${view}', NULL, $1::timestamptz)`,
      [new Date(NOW)],
    );
  }
  await database.dataSource.query(`DELETE FROM observations WHERE at < $1`, [new Date(NOW - TICKS_KEPT_HOURS * HOUR)]);
  const access = {
    assertVisible: async ({ id }: Principal) => {
      if (id !== ALICE.id) throw new NotFoundError('cluster_not_found', 'cluster not found');
    },
  };
  const clock = new ManualClock();
  clock.time = NOW;
  const { dataSource } = database;
  timelines = new TimelineService(
    access,
    observationsIn(dataSource),
    aggregatesIn(dataSource),
    forecastsIn(dataSource),
    decisionsIn(dataSource),
    clock,
  );
});
afterAll(async () => database?.close());

describe('a timeline', () => {
  it('of a short range contains every tick', async () => {
    const timeline = await timelines.get(ALICE, ID, { range: '10m', points: 600 });
    expect(timeline).toMatchObject({ source: 'observations', step_ms: 1000 });
    expect(timeline.timestamps).toHaveLength(10);
    expect(timeline.timestamps[0]).toBe(new Date(NOW - 10 * MINUTE).toISOString());
    expect(timeline.cpu).toEqual([20, 40, 20, 40, 20, 40, 20, 40, 20, 40]);
    expect(timeline.active.every((count) => count === 2)).toBe(true);
    expect(timeline.desired[0]).toBe(2);
  });

  it.each([
    ['1d', 'minute', 5 * MINUTE, 288],
    ['1d', 'hour', HOUR, 24],
  ])('of %s is aggregated by %s', async (range, source, stepMs, count) => {
    const timeline = await timelines.get(ALICE, ID, { range, points: count + 2 });
    expect(timeline).toMatchObject({ source, step_ms: stepMs });
    expect(timeline.timestamps).toHaveLength(count);
    const columns = [
      timeline.demand,
      timeline.cpu,
      timeline.cpu_max,
      timeline.active,
      timeline.provisioning,
      timeline.draining,
    ];
    expect(columns.map(({ length }) => length)).toEqual(columns.map(() => count));
    for (const cpu of timeline.cpu) expect(Math.abs((cpu ?? 0) - 30)).toBeLessThanOrEqual(2);
    expect(new Set(timeline.cpu_max)).toEqual(new Set([40]));
    expect(timeline.forecasts.timestamps).toHaveLength(24);
    expect(timeline.forecasts).toMatchObject({
      upper: expect.arrayContaining([1.5]),
      p50: expect.arrayContaining([1]),
    });
  });

  it('has the servers that an HPA would have while a forecast is in force, else `null`', async () => {
    const { hpa, hpa_target, timestamps } = await timelines.get(ALICE, ID, { range: '90m', points: 90 });
    const known = timestamps.filter((_, index) => hpa[index] !== null);
    expect(known).toEqual([60, 59].map((minutes) => new Date(NOW - minutes * MINUTE).toISOString()));
    expect(new Set(hpa)).toEqual(new Set([4, null]));
    expect(hpa_target).toBe(60);
  });

  it('of several hours a point has their mean', async () => {
    const { hpa, step_ms } = await timelines.get(ALICE, ID, { range: '1d', points: 12 });
    expect(step_ms).toBe(2 * HOUR);
    // The first and the last bucket may be cut by the range, and one of the last two has an unknown value.
    expect(hpa.slice(1, -2)).toEqual(hpa.slice(1, -2).map(() => 4.5));
    expect(hpa.length).toBeGreaterThan(10);
  });

  it('of a day has draining servers while ticks are kept, and `null` before that', async () => {
    const { timestamps, draining, active } = await timelines.get(ALICE, ID, { range: '1d', points: 26 });
    expect(active.every((count) => count === 2)).toBe(true);
    const known = timestamps.map((timestamp) => Date.parse(timestamp) >= NOW - TICKS_KEPT_HOURS * HOUR);
    expect(draining.map((count) => count !== null)).toEqual(known);
    const left = timestamps.indexOf(new Date(NOW - LEFT_AGO).toISOString());
    expect(draining.flatMap((count, index) => (count !== null && count > 0 ? [[index, count]] : []))).toEqual([
      [left, 1],
    ]);
  });

  it('of an empty time range is empty, not an error', async () => {
    const timeline = await timelines.get(ALICE, ID, {
      from: '2020-01-01T00:00:00Z',
      to: '2020-01-02T00:00:00Z',
      range: '1h',
      points: 600,
    });
    expect(timeline.timestamps).toEqual([]);
    expect(timeline.forecasts.timestamps).toEqual([]);
  });

  it('is rejected for more than 400 days', async () => {
    await expect(timelines.get(ALICE, ID, { range: '500d', points: 600 })).rejects.toThrow('at most 400d');
  });

  it('is hidden for clusters of other users', async () => {
    const mallory = { ...ALICE, id: '00000000-0000-4000-8000-0000000000ff' };
    await expect(timelines.get(mallory, ID, { range: '1h', points: 600 })).rejects.toThrow('cluster not found');
  });
});
