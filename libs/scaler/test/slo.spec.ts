import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { estimateDemand, modelOf, observe, tick } from '#engine';
import type { Decision, StoredModel } from '#engine';
import { EnginePolicy } from '#world';
import { leadTimeOf } from '../src/loop/tracking.js';
import { eventually } from '../../../test/support/eventually.js';
import { LoopProcess, Surroundings } from './loop-harness.js';

const SLO = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const MINUTE_MS = 60_000;
/** Utilization from which the engine treats demand as a lower bound. */
const SATURATED = 0.979;
/** A wake of the harness is ten seconds; a cluster with this interval is ticked at every sixth. */
const WAKES_A_MINUTE = 6;

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  cluster = await around.addCluster({
    policy: { mode: 'act', slo: SLO },
    bounds: { min: 1, max: 50 },
    config: { intervalMs: MINUTE_MS },
  });
});

/** Periodic load, so that there is something to learn and to decide. */
function swell(minute: number): void {
  if (minute % 20 !== 0) return;
  const load = {
    cpuTarget: 60 + (minute % 60),
    durationMs: 10 * MINUTE_MS,
    rampUpMs: 4 * MINUTE_MS,
    rampDownMs: MINUTE_MS,
  };
  around.target.world(cluster.id).addSpike(load, around.clock.now());
}

async function live(service: LoopProcess, minutes: number): Promise<void> {
  await service.loop.wake();
  for (let minute = 0; minute < minutes; minute += 1) {
    swell(minute);
    await service.tick(WAKES_A_MINUTE);
  }
}

function model(service: LoopProcess): StoredModel | null {
  return modelOf({ policies: service.memory(cluster.id).acting.state });
}

/** The last step of the stored model, in minutes since the epoch. */
async function storedMinute(): Promise<number> {
  const [stored] = await database.dataSource.query<[{ minute: number }]>(
    `SELECT minute FROM cluster_models WHERE cluster_id = $1`,
    [cluster.id],
  );
  return stored.minute;
}

/** The decision a minute after the last tick at this CPU percentage. */
function next(service: LoopProcess, cpu: number): Decision {
  const { common, acting, tracking } = service.memory(cluster.id);
  const now = around.clock.now() + MINUTE_MS;
  const { servers } = tracking;
  const samples = servers.map(({ id }) => ({ serverId: id, at: now, cpu, memory: 30, requestRate: cpu }));
  const seen = observe({ now, intervalMs: MINUTE_MS, servers, samples });
  const { observation } = estimateDemand(seen, servers, common.demand);
  const leadTime = leadTimeOf(tracking, now);
  const { policy, bounds } = cluster;
  const circumstances = {
    now,
    intervalMs: MINUTE_MS,
    bounds,
    policy,
    observation,
    reference: tracking.desired!,
    hold: null,
  };
  return tick({
    ...circumstances,
    leadTimeMs: leadTime!.plannedMs,
    leadTime,
    state: { ...common, policies: acting.state },
  }).decision;
}

/** Another process on the same database, once its models are restored. */
async function restarted(): Promise<LoopProcess> {
  const service = await LoopProcess.create(around);
  await service.loop.wake();
  await eventually('its engine knows what there is to know', () => model(service));
  return service;
}

describe('a cluster with a service level', () => {
  it('decides after a restart as if the process had not stopped', async () => {
    const first = await LoopProcess.create(around);
    await live(first, 130);
    // The minute at which its model is stored may have been the last one.
    if ((await storedMinute()) === model(first)!.minute) await first.tick(WAKES_A_MINUTE);
    const learned = model(first)!;
    // Otherwise there is nothing to replay, and the test proves nothing.
    expect(await storedMinute()).toBeLessThan(learned.minute);
    expect(model(await restarted())).toEqual(learned);
    // No part of the model is in the row that every tick writes.
    const [{ size }] = await database.dataSource.query<[{ size: number }]>(
      `SELECT length(engine_state::text) AS size FROM cluster_states WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(size).toBeLessThan(learned.memory.length / 20);
  });

  it('records with each forecast the servers that an HPA would have', async () => {
    await live(await LoopProcess.create(around), 5);
    const rows = await database.dataSource.query<{ hpa: number | null; decided: number | null }[]>(
      `SELECT hpa_desired AS hpa, (jsonb_path_query_first(steps, '$[*].data.shadow_hpa') #>> '{}')::int AS decided
         FROM forecasts JOIN decisions USING (cluster_id, at) WHERE cluster_id = $1`,
      [cluster.id],
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every(({ hpa, decided }) => hpa !== null && hpa === decided)).toBe(true);
  });

  it('relearns from the history alone and makes the same decisions', async () => {
    const first = await LoopProcess.create(around);
    await live(first, 130);
    await database.dataSource.query(`DELETE FROM cluster_models WHERE cluster_id = $1`, [cluster.id]);
    const second = await restarted();
    // Each step uses the lead time it was planned with, although it was measured meanwhile.
    expect(model(second)).toEqual(model(first));
    // The next decision is then the same with all its steps, at any CPU.
    for (const cpu of [5, 40, 88, 100]) expect(next(second, cpu)).toEqual(next(first, cpu));
  });

  it('relearns the same from half a day in which metrics and provider were away at times', async () => {
    await around.change(cluster.id, { config: { intervalMs: MINUTE_MS / 2 } });
    const first = await LoopProcess.create(around);
    await first.loop.wake();
    for (let look = 1; look <= 2 * 13 * 60; look += 1) {
      around.clock.advance(MINUTE_MS / 2);
      const minute = Math.floor(look / 2);
      const isFirst = look % 2 === 0;
      if (isFirst) swell(minute);
      // The first poll of the minute sees nothing; the second one teaches.
      if (isFirst && minute % 50 === 7) around.silent.add(cluster.id);
      else around.silent.delete(cluster.id);
      // Metrics are available but the number of servers is unknown: within a minute, and for minutes.
      const isAway = (isFirst && minute % 50 === 21) || (minute % 200 >= 90 && minute % 200 < 100);
      around.target.fail(cluster.id, isAway ? { kind: 'unreachable' } : null);
      await first.loop.wake();
    }
    const decisions = await around.decisions(cluster.id);
    const codes = new Set(decisions.map(({ code }) => code));
    expect(codes).toContain('provider_unreachable');
    expect(codes).toContain('metrics_missing');
    // After the cold start: learned forecasts are used.
    const isCold = decisions.map(({ steps }) => steps.some(({ code }) => code.startsWith('cold_start')));
    expect([isCold[60], isCold.at(-1)]).toEqual([true, false]);
    await database.dataSource.query(`DELETE FROM cluster_models WHERE cluster_id = $1`, [cluster.id]);
    const second = await restarted();
    expect(model(second)).toEqual(model(first));
    for (const cpu of [5, 40, 88, 100]) expect(next(second, cpu)).toEqual(next(first, cpu));
  });

  it('learns from what was observed before it had a service level', async () => {
    await around.change(cluster.id, { policy: { mode: 'act' } });
    const service = await LoopProcess.create(around);
    await live(service, 30);
    expect(model(service)).toBeNull();
    await around.change(cluster.id, { policy: { mode: 'act', slo: SLO } });
    await eventually('its engine has learned the history', async () => {
      await service.loop.wake();
      return model(service);
    });
    const [last] = (await around.decisions(cluster.id)).slice(-1);
    expect(model(service)!.minute).toBe(Math.floor(last!.at.getTime() / MINUTE_MS));
    await service.tick(WAKES_A_MINUTE);
    expect((await around.decisions(cluster.id)).at(-1)?.policy).toBe('slo');
  });

  it('decides the same in a backtest as live', async () => {
    const service = await LoopProcess.create(around);
    const policy = new EnginePolicy({ mode: 'act', slo: SLO });
    const leads: number[] = [];
    const measure = (): void => {
      const { tracking } = service.memory(cluster.id);
      leads.push(leadTimeOf(tracking, around.clock.now())?.plannedMs ?? 120_000);
    };
    await service.loop.wake();
    measure();
    for (let minute = 0; minute < 90; minute += 1) {
      swell(minute);
      await service.tick(WAKES_A_MINUTE);
      measure();
    }
    const observed = await database.dataSource.query<
      { at: Date; demand: number; saturated: boolean; active: number; provisioning: number }[]
    >(`SELECT at, demand, saturated, active, provisioning FROM observations WHERE cluster_id = $1 ORDER BY at`, [
      cluster.id,
    ]);
    const decided = await around.decisions(cluster.id);
    expect(decided).toHaveLength(observed.length);
    expect(new Set(decided.map(({ action }) => action)).size).toBeGreaterThan(1);
    const backtested = observed.map(({ at, demand, saturated, active, provisioning }, index) => {
      const desired = policy.desired({
        at: at.getTime(),
        tickSeconds: 60,
        cpu: Math.max(demand / active, saturated ? SATURATED : 0),
        served: demand,
        active,
        provisioning,
        min: 1,
        max: 50,
        leadSeconds: leads[index]! / 1000,
      });
      return { action: policy.decision!.action, code: policy.decision!.code, desired };
    });
    expect(backtested).toEqual(decided.map(({ action, code, desired }) => ({ action, code, desired })));
  });
});
