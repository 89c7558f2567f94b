import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observe, type Sample, type Server } from '#engine';
import { MetricsModule, type ObservationRow, ObservationRepository, SampleRepository } from '../src/index.js';
import { RoutesApp } from '../../clusters/test/routes-app.js';

const HOUR = 3_600_000;
/** On the hour, so that buckets are full; in the past, so that aggregates reach it. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;

let app: RoutesApp;
let token: string;
let id: string;

beforeAll(async () => {
  app = await RoutesApp.start(MetricsModule);
  app.clock.time = NOW;
  token = await app.user('root', 'admin');
  const { body } = await app.send(token, 'POST', '/clusters', { name: 'measured', min_servers: 1, max_servers: 9 });
  id = body['id'] as string;
  // With a stopped clock, a token must not expire.
  await record(NOW - 30 * HOUR, 30 * 60, 60_000);
  for (const view of ['minute', 'hour']) {
    await app.dataSource.query(`CALL refresh_continuous_aggregate('observations_by_${view}', NULL, $1::timestamptz)`, [
      new Date(NOW),
    ]);
  }
});
afterAll(async () => app.close());

/** CPU is 10 in even minutes and 30 in odd ones, on two servers that differ by 4. */
async function record(from: number, ticks: number, everyMs: number): Promise<void> {
  const servers: Server[] = ['a', 'b'].map((name) => ({ id: name, state: 'ACTIVE' }));
  const samples: { clusterId: string; sample: Sample }[] = [];
  const observations: ObservationRow[] = [];
  for (let tick = 0; tick < ticks; tick += 1) {
    const at = from + tick * everyMs;
    const cpu = tick % 2 === 0 ? 10 : 30;
    const seen = servers.map(({ id: serverId }, index) => ({
      serverId,
      at,
      cpu: cpu + 4 * index,
      memory: 20,
      requestRate: 100,
    }));
    samples.push(...seen.map((sample) => ({ clusterId: id, sample })));
    observations.push({
      clusterId: id,
      observation: observe({ now: at, intervalMs: everyMs, servers, samples: seen }),
      desired: 2,
      leadTimeMs: null,
      providerAnswered: true,
    });
  }
  await app.dataSource.transaction(async (manager) => {
    await app.app.get(SampleRepository).writeTick(samples, manager);
    await app.app.get(ObservationRepository).writeTick(observations, manager);
  });
}

async function get(path: string) {
  const { status, body } = await app.send(token, 'GET', `/clusters/${id}${path}`);
  expect(status).toBe(200);
  return body as {
    metrics: Record<string, unknown>[];
    servers: Record<string, unknown>[];
    count: number;
    source: string;
    timestamp: string;
    next_cursor?: string;
  };
}

describe('metrics', () => {
  it('are returned to those who may see the cluster', async () => {
    const other = await app.user('other', 'operator');
    for (const path of ['/metrics', '/metrics/latest', '/metrics/hourly']) {
      expect(await app.send(other, 'GET', `/clusters/${id}${path}`)).toMatchObject({
        status: 404,
        body: { code: 'cluster_not_found' },
      });
    }
  });

  it('are listed by server, oldest first, limited to the newest', async () => {
    const { metrics, count, source } = await get('/metrics?range=10m&limit=4');
    expect({ count, source }).toEqual({ count: 4, source: 'samples' });
    expect(metrics.map(({ server_id, cpu_usage }) => [server_id, cpu_usage])).toEqual([
      ['a', 10],
      ['b', 14],
      ['a', 30],
      ['b', 34],
    ]);
    expect(metrics[3]).toEqual({
      timestamp: new Date(NOW - 60_000).toISOString(),
      server_id: 'b',
      cpu_usage: 34,
      memory_usage: 20,
      request_load: 100,
    });
  });

  it('are aggregated by bucket', async () => {
    const { metrics, source } = await get('/metrics?aggregated=true&bucket=5&range=1h');
    expect(source).toBe('observations');
    expect(metrics).toHaveLength(12);
    // Five minutes have three of one kind and two of the other.
    expect(metrics[0]).toMatchObject({
      ticks: 5,
      cpu_max: 34,
      memory_avg: 20,
      request_rate_avg: 200,
      servers_avg: 2,
      servers_min: 2,
      servers_max: 2,
    });
    expect(metrics[0]?.['cpu_avg']).toBeCloseTo((3 * 12 + 2 * 32) / 5, 4);
  });

  it.each([
    ['aggregated=true&bucket=5&range=24h&limit=500', 'minute', 288],
    ['aggregated=true&bucket=60&range=24h', 'hour', 24],
  ])('over long ranges come from an aggregate alone: %s', async (query, source, buckets) => {
    const before = await get(`/metrics?${query}`);
    expect({ source: before.source, count: before.count }).toEqual({ source, count: buckets });
    const raw = await app.dataSource.query<unknown[]>(`SELECT * FROM observations WHERE cluster_id = $1 LIMIT 1`, [id]);
    expect(raw).toHaveLength(1);
    const plan = await app.dataSource.query<{ 'QUERY PLAN': string }[]>(
      `EXPLAIN SELECT sum(ticks) FROM observations_by_${source} WHERE cluster_id = $1 AND bucket >= $2 AND bucket < $3`,
      [id, new Date(NOW - 24 * HOUR), new Date(NOW - 2 * HOUR)],
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/_materialized_hypertable|_hyper_[0-9]+/);
    expect(before.metrics[0]?.['cpu_avg']).toBeCloseTo(source === 'hour' ? 22 : (3 * 12 + 2 * 32) / 5, 3);
  });

  it('has the latest sample of each server, without silent ones', async () => {
    const { servers, timestamp } = await get('/metrics/latest');
    expect(timestamp).toBe(new Date(NOW - 60_000).toISOString());
    expect(servers.map(({ server_id }) => server_id)).toEqual(['a', 'b']);
    app.clock.time = NOW + HOUR;
    expect(await get('/metrics/latest')).toMatchObject({ servers: [], count: 0, timestamp: null });
    app.clock.time = NOW;
  });

  it.each([
    ['range=100m', 200],
    ['range=10h&aggregated=true&bucket=5', 120],
  ])('are paged by a hundred rows with a cursor to the older ones: %s', async (query, total) => {
    const first = await get(`/metrics?${query}`);
    expect(first).toMatchObject({ count: 100, next_cursor: expect.any(String) });
    const second = await get(`/metrics?${query}&cursor=${first.next_cursor}`);
    expect(second.count).toBe(total - 100);
    expect(second).not.toHaveProperty('next_cursor');
    const all = await get(`/metrics?${query}&limit=1000`);
    expect([...second.metrics, ...first.metrics]).toEqual(all.metrics);
  });

  it('continue between two servers of the same time', async () => {
    const { metrics, next_cursor: cursor } = await get('/metrics?range=10m&limit=3');
    expect(metrics.map(({ server_id }) => server_id)).toEqual(['b', 'a', 'b']);
    const { metrics: before } = await get(`/metrics?range=10m&limit=1&cursor=${cursor}`);
    expect(before).toEqual([{ ...metrics[0], server_id: 'a', cpu_usage: 10 }]);
  });

  it('are aggregated by hour', async () => {
    const { metrics, source } = await get('/metrics/hourly');
    expect(source).toBe('hour');
    expect(metrics).toHaveLength(24);
    expect(metrics[0]).toMatchObject({ ticks: 60, servers_avg: 2 });
    expect((await get('/metrics/hourly?limit=3')).metrics).toEqual(metrics.slice(-3));
    expect((await get('/metrics/hourly?range=6h')).metrics).toEqual(metrics.slice(-6));
  });

  it.each([
    'range=tomorrow',
    'range=99999999999999d',
    'limit=0',
    'limit=x',
    'bucket=0',
    'aggregated=maybe',
    'from=yesterday',
    'from=0000-01-01T00:00:00Z',
    'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'color=red',
    'cursor=x',
  ])('are rejected for %s', async (query) => {
    const { status, body } = await app.send(token, 'GET', `/clusters/${id}/metrics?${query}`);
    expect(status).toBe(400);
    expect(body.details?.[0]?.field).toBe(query.split('=', 1)[0]);
  });
});
