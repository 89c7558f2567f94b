import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import type { CreateBacktestDto } from '../src/backtest.dto.js';
import { ALICE, BacktestProcess, MALLORY, traceOfMinutes, until } from './backtest-harness.js';
import { Surroundings } from '../../scaler/test/loop-harness.js';

const SHORT: CreateBacktestDto = { trace: traceOfMinutes(600), compare: ['hpa'], promises: ['1%', '5%'] };
/** Longer than any test runs. */
const LONG: CreateBacktestDto = {
  trace: traceOfMinutes(100_000),
  policies: Array.from({ length: 8 }, (_, index) => ({ name: `slo ${index}`, policy: { slo: {} } })),
};

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;
let processes: BacktestProcess[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  around = new Surroundings(database.dataSource);
  await database.dataSource.query('DELETE FROM backtests');
  cluster = await around.addCluster({
    policy: { mode: 'act', slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } },
    bounds: { min: 0, max: 50 },
    cost: { perServerHour: 0.5, currency: 'EUR' },
  });
  processes = [];
});
afterEach(async () => {
  for (const process of processes) await process.stop();
});

function started(settings: Readonly<Record<string, string | number>> = {}): BacktestProcess {
  const process = new BacktestProcess(around, cluster, settings).start();
  processes.push(process);
  return process;
}

/** A process that accepts requests and runs nothing. */
async function idle(settings: Readonly<Record<string, string | number>> = {}): Promise<BacktestProcess> {
  const process = new BacktestProcess(around, cluster, settings);
  await process.stop();
  return process;
}

describe('a backtest as a job', () => {
  it('runs as requested, reports progress, and stores the result', async () => {
    const process = started();
    const { service, told, durations } = process;
    const created = await service.create(ALICE, cluster.id, SHORT);
    expect(created).toMatchObject({
      cluster_id: cluster.id,
      status: 'queued',
      progress: 0,
      error: null,
      created_by: 'alice',
      started_at: null,
      request: {
        source: 'trace',
        from: null,
        // 60 % of the cluster's maximum.
        peak_servers: 30,
        policies: [{ name: 'current', policy: { slo: { violations: '1%' } } }],
        provisioning: '2m',
        compare: ['hpa'],
        promises: ['1%', '5%'],
        min_servers: 1,
        max_servers: 50,
        tick: '1m',
        cost: { per_server_hour: 0.5, currency: 'EUR' },
      },
    });
    const job = await process.ended(cluster.id, created.id);
    expect(job).toMatchObject({ status: 'done', progress: 1, error: null, request: created.request });
    expect(job.result).toMatchObject({
      ticks: 600,
      tick_seconds: 60,
      start_at: '2026-01-05T00:00:00.000Z',
      remarks: [],
    });
    expect(job.result?.rows.map(({ name, kind, promised }) => [kind, name, promised])).toEqual([
      ['policy', 'current', undefined],
      ['baseline', 'hpa 60 %', undefined],
      ['frontier', 'slo, 1 %', 0.01],
      ['frontier', 'slo, 5 %', 0.05],
      ['oracle', 'oracle', undefined],
    ]);
    const [current, , same] = job.result?.rows ?? [];
    // At the policy's own promise, the frontier equals the policy.
    expect(same?.server_hours).toBe(current?.server_hours);
    for (const row of job.result?.rows ?? []) {
      expect(row.cost).toEqual({ amount: expect.closeTo(row.server_hours / 2, 5), currency: 'EUR' });
    }
    expect(current?.timeline).toHaveLength(600);
    const progress = told.filter(({ status }) => status === 'running').map((event) => event.progress);
    expect(progress[0]).toBe(0);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(told[0]).toEqual({ id: created.id, status: 'queued', progress: 0, error: null });
    await until(() => told.some(({ status }) => status === 'done'));
    expect(told.at(-1)).toEqual({ id: created.id, status: 'done', progress: 1, error: null });
    const { values } = await durations.get();
    expect(values.find(({ metricName }) => metricName === 'duration_count')).toMatchObject({
      labels: { status: 'done' },
      value: 1,
    });
  });

  it('has no cost where an earlier release stored it', async () => {
    const process = started();
    const { id } = await process.service.create(ALICE, cluster.id, SHORT);
    await process.ended(cluster.id, id);
    await database.dataSource.query(
      `UPDATE backtests SET request = request - 'cost', result = jsonb_set(result, '{rows}',
         (SELECT jsonb_agg(row - 'cost') FROM jsonb_array_elements(result->'rows') AS row))`,
    );
    const { request, result } = await process.service.get(ALICE, cluster.id, id);
    expect(request.cost).toBeNull();
    expect(result?.rows.map(({ cost }) => cost)).toEqual(Array(result?.rows.length).fill(null));
  });

  it('has a bounded number of chart points, regardless of its length', async () => {
    const process = started();
    const trace = traceOfMinutes(5000);
    const policies = [
      { name: 'hpa', policy: { target_tracking: { metrics: [{ metric: 'cpu' as const, target: 60 }] } } },
    ];
    const { id } = await process.service.create(ALICE, cluster.id, { trace, policies, compare: [], promises: [] });
    const timeline = (await process.ended(cluster.id, id)).result?.rows[0]?.timeline ?? [];
    expect(timeline).toHaveLength(1000);
    expect(timeline[1]?.timestamp).toBe('2026-01-05T00:05:00.000Z');
  });

  it('is deterministic', async () => {
    const process = started();
    const results = [];
    for (let round = 0; round < 2; round += 1) {
      const { id } = await process.service.create(ALICE, cluster.id, SHORT);
      results.push((await process.ended(cluster.id, id)).result);
    }
    expect(results[0]).toBeDefined();
    expect(results[1]).toEqual(results[0]);
  });

  it('applies the windows of a schedule', async () => {
    const process = started();
    const windows = [{ name: 'always', cron: '0 0 * * *', duration: '1d', min_servers: 40 }];
    const policies = [{ name: 'floor', policy: { schedule: { windows } } }];
    const trace = traceOfMinutes(600);
    const { id } = await process.service.create(ALICE, cluster.id, { trace, policies, compare: [], promises: [] });
    const timeline = (await process.ended(cluster.id, id)).result?.rows[0]?.timeline ?? [];
    expect(Math.min(...timeline.slice(5).map(({ active }) => active))).toBe(40);
  });

  it('reports an error in its thread', async () => {
    const { id } = await (await idle()).service.create(ALICE, cluster.id, SHORT);
    // The service would have rejected this.
    await database.dataSource.query(`UPDATE backtests SET trace = 'nonsense' WHERE id = $1`, [id]);
    const next = started();
    const job = await next.ended(cluster.id, id);
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('expected the header') as unknown });
    expect(job).not.toHaveProperty('result');
    await until(() => next.told.some(({ status }) => status === 'failed'));
  });

  it('is ended after the time limit', async () => {
    const process = started({ 'backtests.timeout': '10s' });
    const { id } = await process.service.create(ALICE, cluster.id, LONG);
    await until(() => process.told.some(({ status }) => status === 'running'));
    around.clock.advance(11_000);
    await process.runner.keep();
    expect(await process.ended(cluster.id, id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('longer than 10s, which backtests.timeout allows') as unknown,
    });
  });
});

describe('who may use backtests', () => {
  it('rejects users who do not own the cluster', async () => {
    const { service } = started();
    const { id } = await service.create(ALICE, cluster.id, SHORT);
    for (const attempt of [
      service.create(MALLORY, cluster.id, SHORT),
      service.list(MALLORY, cluster.id, { limit: 1 }),
      service.get(MALLORY, cluster.id, id),
      service.remove(MALLORY, cluster.id, id),
    ]) {
      await expect(attempt).rejects.toThrow('cluster not found');
    }
    const other = await around.addCluster();
    await expect(service.get(ALICE, other.id, id)).rejects.toThrow('backtest not found');
    await expect(service.remove(ALICE, other.id, id)).rejects.toThrow('backtest not found');
  });

  it('limits the number per user, even for concurrent requests', async () => {
    const { service } = await idle({ 'backtests.max_per_user': 2 });
    const asked = await Promise.allSettled([1, 2, 3, 4].map(async () => service.create(ALICE, cluster.id, SHORT)));
    const refused = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      status: 429,
      code: 'too_many_backtests',
      message: expect.stringContaining(
        'you have 2 backtests queued or running, and backtests.max_per_user allows 2',
      ) as unknown,
    });
  });

  it('rejects a range without records', async () => {
    const { service } = await idle();
    await expect(service.create(ALICE, cluster.id, { range: '1h' })).rejects.toMatchObject({
      status: 409,
      code: 'too_little_history',
    });
  });

  it('lists pages, newest first and without results', async () => {
    const { service } = await idle({ 'backtests.max_per_user': 10 });
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await service.create(ALICE, cluster.id, SHORT)).id);
    const first = await service.list(ALICE, cluster.id, { limit: 3 });
    const second = await service.list(ALICE, cluster.id, { limit: 3, cursor: first.next_cursor ?? '' });
    expect([...first.backtests, ...second.backtests].map(({ id }) => id)).toEqual(ids);
    expect(second).toMatchObject({ count: 2 });
    expect(second).not.toHaveProperty('next_cursor');
    expect(first.backtests[0]).not.toHaveProperty('result');
  });

  it('audits them', async () => {
    const process = started();
    const { id } = await process.service.create(ALICE, cluster.id, LONG);
    await process.service.remove(ALICE, cluster.id, id);
    await process.service.remove(ALICE, cluster.id, id);
    const rows = await database.dataSource.query<{ action: string; actor: string; after: object | null }[]>(
      `SELECT action, actor, after FROM audit_log WHERE target_id = $1 ORDER BY id`,
      [id],
    );
    expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'alice backtest.create',
      'alice backtest.cancel',
      'alice backtest.remove',
    ]);
    expect(JSON.stringify(rows[0]?.after).length).toBeLessThan(5000);
  });
});

describe('an interrupted backtest', () => {
  it('is canceled at once, and frees its slot', async () => {
    const process = started();
    const long = await process.service.create(ALICE, cluster.id, LONG);
    const short = await process.service.create(ALICE, cluster.id, SHORT);
    await until(() => process.told.some(({ id, progress }) => id === long.id && progress > 0));
    await process.service.remove(ALICE, cluster.id, long.id);
    expect(await process.service.get(ALICE, cluster.id, long.id)).toMatchObject({ status: 'cancelled' });
    expect((await process.ended(cluster.id, short.id)).status).toBe('done');
    expect(process.told.filter(({ id }) => id === long.id).at(-1)).toMatchObject({ status: 'cancelled' });
    await process.service.remove(ALICE, cluster.id, long.id);
    await expect(process.service.get(ALICE, cluster.id, long.id)).rejects.toThrow('backtest not found');
  });

  it('is canceled in another process with its next heartbeat', async () => {
    const [first, second] = [started(), started()];
    const long = await first.service.create(ALICE, cluster.id, LONG);
    await until(() => first.told.some(({ progress }) => progress > 0));
    await second.service.remove(ALICE, cluster.id, long.id);
    await first.runner.keep();
    const short = await first.service.create(ALICE, cluster.id, SHORT);
    expect((await first.ended(cluster.id, short.id)).status).toBe('done');
    expect((await first.service.get(ALICE, cluster.id, long.id)).status).toBe('cancelled');
  });

  it('is restarted after its process was killed, with the same result', async () => {
    const reference = started();
    const other = await reference.service.create(ALICE, cluster.id, SHORT);
    const { result } = await reference.ended(cluster.id, other.id);
    await reference.stop();
    const { id } = await (await idle()).service.create(ALICE, cluster.id, SHORT);
    // Left by a process that was killed long ago, and by one killed just now.
    await database.dataSource.query(
      `UPDATE backtests SET status = 'running', claimed_by = gen_random_uuid(), attempts = 1, progress = 0.5, alive_at = now() WHERE id = $1`,
      [id],
    );
    const next = started();
    await next.runner.look();
    expect((await next.service.get(ALICE, cluster.id, id)).progress).toBe(0.5);
    await database.dataSource.query(`UPDATE backtests SET alive_at = now() - INTERVAL '1 minute' WHERE id = $1`, [id]);
    await next.runner.look();
    expect(await next.ended(cluster.id, id)).toMatchObject({ status: 'done', result });
  });

  it('waits for the next start when its process is stopped', async () => {
    const first = started();
    const { id } = await first.service.create(ALICE, cluster.id, LONG);
    await until(() => first.told.some(({ progress }) => progress > 0));
    await first.stop();
    expect(await first.service.get(ALICE, cluster.id, id)).toMatchObject({ status: 'queued', progress: 0 });
    const second = started();
    await until(() => second.told.some(({ progress }) => progress > 0));
    await second.service.remove(ALICE, cluster.id, id);
  });

  it('is given up after several attempts that ended the process', async () => {
    const { id } = await (await idle()).service.create(ALICE, cluster.id, SHORT);
    await database.dataSource.query(
      `UPDATE backtests SET status = 'running', attempts = 3, alive_at = now() - INTERVAL '1 minute' WHERE id = $1`,
      [id],
    );
    const process = started();
    expect(await process.ended(cluster.id, id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('3 times the service ended') as unknown,
    });
  });
});

describe('retention', () => {
  it('removes ended backtests by age and by number per cluster', async () => {
    const process = new BacktestProcess(around, cluster, {
      'database.retention.backtests': '10d',
      'backtests.max_per_cluster': 2,
    });
    const age = async (status: string, days: number): Promise<string> => {
      const [{ id }] = await database.dataSource.query<[{ id: string }]>(
        `INSERT INTO backtests (cluster_id, created_by, created_by_name, status, request, created_at, finished_at)
          VALUES ($1, $2, 'alice', $3, '{}', now() - INTERVAL '99 days', now() - $4 * INTERVAL '1 day') RETURNING id`,
        [cluster.id, ALICE.id, status, days],
      );
      return id;
    };
    const [newest, second] = [await age('done', 1), await age('failed', 2)];
    await age('done', 3);
    const waiting = await age('queued', 99);
    cluster = await around.addCluster();
    await age('cancelled', 11);
    const young = await age('cancelled', 9);
    await process.runner.prune();
    const left = await database.dataSource.query<{ id: string }[]>('SELECT id FROM backtests');
    expect(left.map(({ id }) => id).toSorted()).toEqual([newest, second, waiting, young].toSorted());
  });
});
