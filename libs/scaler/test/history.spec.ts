import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Principal, reaches } from '#auth';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { NotFoundError } from '#http';
import { timedId } from '../src/decisions/ids.js';
import { DecisionEntity } from '../src/decisions/decision.entity.js';
import { DecisionRepository } from '../src/decisions/decision.repository.js';
import { DecisionService } from '../src/decisions/decision.service.js';
import { ForecastService } from '../src/forecasts/forecast.service.js';
import { ScalingEventEntity } from '../src/scaling-events/scaling-event.entity.js';
import { ScalingEventRepository } from '../src/scaling-events/scaling-event.repository.js';
import { ScalingEventService } from '../src/scaling-events/scaling-event.service.js';
import { forecastsIn } from './in-database.js';
import { INTERVAL_MS, LoopProcess, OWNER, Surroundings } from './loop-harness.js';

const ALICE: Principal = { id: OWNER, username: 'owner', role: 'operator', scope: 'own' };
const MALLORY: Principal = {
  id: '00000000-0000-4000-8000-00000000000f',
  username: 'mallory',
  role: 'operator',
  scope: 'own',
};
const ROOT: Principal = { ...MALLORY, role: 'admin', scope: 'all' };

describe('records of the loop', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let cluster: Cluster;
  let decisions: DecisionService;
  let events: ScalingEventService;
  let forecasts: ForecastService;
  let began: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    around = new Surroundings(database.dataSource);
    const access = {
      assertVisible: async (principal: Principal) => {
        if (!reaches(principal, OWNER)) throw new NotFoundError('cluster_not_found', 'cluster not found');
      },
    };
    const { dataSource } = database;
    decisions = new DecisionService(
      access,
      new DecisionRepository(dataSource.getRepository(DecisionEntity)),
      around.clock,
    );
    events = new ScalingEventService(
      access,
      new ScalingEventRepository(dataSource.getRepository(ScalingEventEntity)),
      around.clock,
    );
    forecasts = new ForecastService(access, forecastsIn(dataSource), around.clock);
    const service = await LoopProcess.create(around);
    cluster = await around.addCluster();
    await service.loop.wake();
    await service.tick();
    began = around.clock.now();
    await around.hold(cluster.id, 5);
    await service.tick(5);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    await around.hold(cluster.id, 4);
    await service.tick();
    around.target.fail(cluster.id, null);
    await service.tick();
  });
  afterAll(async () => database.close());

  it('lists decisions, newest first, page by page, without their steps', async () => {
    const first = await decisions.list(ALICE, cluster.id, { limit: 5 });
    expect(first).toMatchObject({ count: 5, next_cursor: expect.any(String) as unknown });
    expect(first.decisions[0]).not.toHaveProperty('steps');
    const second = await decisions.list(ALICE, cluster.id, { limit: 5, cursor: first.next_cursor ?? '' });
    expect(second.count).toBe(3);
    expect(second).not.toHaveProperty('next_cursor');
    const times = [...first.decisions, ...second.decisions].map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(times).size).toBe(8);
  });

  it('filters decisions by action and time, and includes steps on request', async () => {
    const scaled = await decisions.list(ALICE, cluster.id, { limit: 10, action: ['SCALE_UP'], steps: true });
    expect(scaled.decisions).toEqual([
      expect.objectContaining({ cluster_id: cluster.id, action: 'SCALE_UP', current: 2, desired: 5, policy: 'hold' }),
    ]);
    expect(scaled.decisions[0]?.steps?.map(({ stage }) => stage)).toContain('hold');
    const to = new Date(began + INTERVAL_MS).toISOString();
    const from = new Date(began).toISOString();
    expect((await decisions.list(ALICE, cluster.id, { limit: 10, from, to })).count).toBe(2);
  });

  it('counts a range back from now, or from its end', async () => {
    const of = async (query: object) => {
      const page = { limit: 100, ...query };
      const counts = await Promise.all([
        decisions.list(ALICE, cluster.id, page),
        events.list(ALICE, cluster.id, page),
        events.recent(ALICE, page),
        forecasts.list(ALICE, cluster.id, page),
      ]);
      return [...counts.map(({ count }) => count), (await events.stats(ALICE, cluster.id, page)).total];
    };
    const now = around.clock.now();
    const all = await of({});
    expect(all.slice(0, 3)).toEqual([8, 3, 3]);
    expect(await of({ range: '1d' })).toEqual(all);
    const range = '15s';
    const last = await of({ range });
    expect(last).toEqual(await of({ from: new Date(now - 15_000).toISOString() }));
    expect(last).not.toEqual(all);
    const to = new Date(now - 15_000).toISOString();
    expect(await of({ to, range })).toEqual(await of({ to, from: new Date(now - 30_000).toISOString() }));
    expect(await of({ from: new Date(began).toISOString(), range: '1ms' })).toEqual(
      await of({ from: new Date(began).toISOString() }),
    );
  });

  it('finds one decision by its id', async () => {
    const [latest] = (await decisions.list(ALICE, cluster.id, { limit: 1 })).decisions;
    expect(await decisions.get(ALICE, cluster.id, latest?.id ?? '')).toMatchObject({
      id: latest?.id,
      timestamp: latest?.timestamp,
      steps: expect.any(Array) as unknown,
    });
    await expect(decisions.get(ALICE, cluster.id, timedId(began))).rejects.toThrow('decision not found');
    await expect(decisions.get(ALICE, cluster.id, cluster.id)).rejects.toThrow('decision not found');
  });

  it('lists scaling events and counts them', async () => {
    const { events: listed } = await events.list(ALICE, cluster.id, { limit: 10 });
    expect(listed.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'SCALE_DOWN success',
      'SCALE_DOWN failed',
      'SCALE_UP success',
    ]);
    expect((await decisions.get(ALICE, cluster.id, listed[2]?.id ?? '')).action).toBe('SCALE_UP');
    expect(await events.stats(ALICE, cluster.id, { limit: 1 })).toEqual({
      cluster_id: cluster.id,
      total: 3,
      scale_ups: 1,
      scale_downs: 2,
      servers_added: 3,
      servers_removed: 1,
      by_outcome: { pending: 0, success: 2, partial: 0, failed: 1 },
      by_policy: { hold: 3 },
      last_event_at: listed[0]?.timestamp,
    });
    const after = await events.list(ALICE, cluster.id, { limit: 1 });
    const rest = await events.list(ALICE, cluster.id, { limit: 1, cursor: after.next_cursor ?? '' });
    expect(rest.events).toEqual([listed[1]]);
  });

  it('lists recent events to their owner and to admins', async () => {
    expect((await events.recent(ALICE, { limit: 10 })).count).toBe(3);
    expect((await events.recent(ROOT, { limit: 10 })).count).toBe(3);
    expect((await events.recent(MALLORY, { limit: 10 })).count).toBe(0);
  });

  it('hides the clusters of other users', async () => {
    await expect(decisions.list(MALLORY, cluster.id, { limit: 1 })).rejects.toThrow('cluster not found');
    await expect(decisions.get(MALLORY, cluster.id, timedId(0))).rejects.toThrow('cluster not found');
    await expect(events.list(MALLORY, cluster.id, { limit: 1 })).rejects.toThrow('cluster not found');
    await expect(events.stats(MALLORY, cluster.id, { limit: 1 })).rejects.toThrow('cluster not found');
    await expect(forecasts.list(MALLORY, cluster.id, { limit: 1 })).rejects.toThrow('cluster not found');
  });

  it('lists forecasts with the observed demand', async () => {
    expect(await forecasts.list(ALICE, cluster.id, { limit: 10 })).toEqual({ forecasts: [], count: 0 });
    const forecast = { model: 'test', level: 0.5, upper: 3, quantiles: { '0.5': 3 } };
    const row = (at: number, horizonMs: number) => ({
      clusterId: cluster.id,
      forecast: { ...forecast, at, horizonMs },
      hpa: null,
    });
    const now = around.clock.now();
    await forecastsIn(database.dataSource).writeTick(
      [row(began, 20_000), row(now, 20_000)],
      database.dataSource.manager,
    );
    const { forecasts: listed } = await forecasts.list(ALICE, cluster.id, { limit: 10 });
    expect(listed).toEqual([
      expect.objectContaining({ complete: false, came_true: null }),
      expect.objectContaining({ complete: true, upper: 3, until: new Date(began + 20_000).toISOString() }),
    ]);
    expect(listed[1]?.came_true).toBeCloseTo(1, 1);
  });
});
