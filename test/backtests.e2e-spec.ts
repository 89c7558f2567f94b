import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly request: object;
  readonly error: string | null;
  readonly result?: { readonly ticks: number; readonly rows: readonly { readonly kind: string }[] };
}

interface BacktestEvent {
  readonly type: string;
  readonly cluster_id: string;
  readonly data: { readonly id: string; readonly status: string; readonly progress: number };
}

/** A wave by the minute. */
function trace(minutes: number): string {
  const from = Date.UTC(2026, 0, 5);
  const line = (_: unknown, minute: number): string =>
    `${new Date(from + minute * 60_000).toISOString()},${(100 + 60 * Math.sin(minute / 200)).toFixed(2)}`;
  return `timestamp,value\n${Array.from({ length: minutes }, line).join('\n')}\n`;
}

const SHORT = { trace: trace(1440), compare: ['hpa', 'hindsight'], promises: ['1%', '2%'] };
/** Runs for a minute or more. */
const LONG = {
  trace: trace(60_000),
  policies: Array.from({ length: 8 }, (_, index) => ({ name: `slo ${index}`, policy: { slo: {} } })),
  compare: [],
  promises: [],
};
/** Long enough to be killed during the run, and short enough to finish afterwards. */
const MIDDLING = { ...LONG, trace: trace(12_000) };

let system: System;
let ada: ApiClient;
let clusterId: string;
let path: string;
let events: BacktestEvent[];
let socket: Socket;

beforeAll(async () => {
  system = await startSystem({ env: { AUTOSCALER_BACKTESTS_MAX_PER_USER: '2' } });
  ada = await ApiClient.register(system.urls.api, 'ada');
  const { body } = await ada.post<{ id: string }>('/clusters', { name: 'web', min_servers: 1, max_servers: 60 });
  clusterId = body.id;
  path = `/clusters/${clusterId}/backtests`;
  await listen();
});
afterAll(async () => {
  socket?.disconnect();
  await system?.stop();
});

async function listen(): Promise<void> {
  events = [];
  socket = io(system.urls.api, { auth: { token: ada.token }, transports: ['websocket'] });
  socket.on('backtest', (event: BacktestEvent) => events.push(event));
  await socket.emitWithAck('subscribe', { cluster_id: clusterId });
}

async function create(body: object): Promise<Job> {
  const answer = await ada.post<Job>(path, body);
  expect(answer.status).toBe(202);
  return answer.body;
}

async function get(id: string): Promise<Job> {
  return (await ada.get<Job>(`${path}/${id}`)).body;
}

async function underWay(id: string): Promise<void> {
  await eventually('the socket reports progress', () =>
    events.some(({ data }) => data.id === id && data.status === 'running' && data.progress > 0),
  );
}

describe('backtests of a cluster', () => {
  it('run beside the loop, report progress on the socket, and return results', async () => {
    const { id, status } = await create(SHORT);
    expect(status).toBe('queued');
    await eventually('it is done', async () => (await get(id)).status === 'done');
    const { result, error } = await get(id);
    expect(error).toBeNull();
    expect(result?.ticks).toBe(1440);
    expect(new Set(result?.rows.map(({ kind }) => kind))).toEqual(
      new Set(['policy', 'baseline', 'hindsight', 'frontier', 'oracle']),
    );
    const { body } = await ada.get<{ backtests: Job[]; count: number }>(path);
    expect(body).toMatchObject({ count: 1, backtests: [{ id, status: 'done' }] });
    expect(body.backtests[0]).not.toHaveProperty('result');
    await eventually('the socket reports the end', () => events.some(({ data }) => data.status === 'done'));
    expect(events[0]).toMatchObject({ type: 'backtest', cluster_id: clusterId, data: { id, status: 'queued' } });
    const metrics = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
    expect(metrics).toMatch(/autoscaler_backtest_duration_seconds_count\{status="done"\} 1/);
  });

  it('report invalid requests, and ranges without records', async () => {
    const wrong = await ada.post<{ details: { field: string }[] }>(path, {
      range: 'long',
      compare: ['magic'],
      promises: ['70%'],
      color: 'red',
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body.details.map(({ field }) => field).toSorted()).toEqual(['color', 'compare', 'promises', 'range']);
    const unrecorded = await ada.post(path, { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' });
    expect(unrecorded).toMatchObject({ status: 409, body: { code: 'too_little_history' } });
  });

  it('are limited per user, canceled at once, and hidden from other users', async () => {
    const [long, waiting] = [await create(LONG), await create(LONG)];
    const refused = await ada.post(path, SHORT);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_backtests' } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    const eve = await ApiClient.register(system.urls.api, 'eve');
    for (const answer of [
      await eve.get(path),
      await eve.get(`${path}/${long.id}`),
      await eve.post(path, SHORT),
      await eve.delete(`${path}/${long.id}`),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'cluster_not_found' } });
    }
    await underWay(long.id);
    for (const { id } of [waiting, long]) {
      expect((await ada.delete(`${path}/${id}`)).status).toBe(204);
      expect((await get(id)).status).toBe('cancelled');
    }
    const after = await create(SHORT);
    await eventually('the next is done', async () => (await get(after.id)).status === 'done');
    expect((await ada.delete(`${path}/${long.id}`)).status).toBe(204);
    expect((await ada.get(`${path}/${long.id}`)).status).toBe(404);
  });

  it('continue after a crash and after a stop, with the same result', async () => {
    const reference = await create(MIDDLING);
    await eventually('the reference is done', async () => (await get(reference.id)).status === 'done');
    const { result } = await get(reference.id);
    const { id } = await create(MIDDLING);
    await underWay(id);
    await system.autoscaler.stop('SIGKILL');
    socket.disconnect();
    await system.autoscaler.start();
    ada = await ApiClient.login(system.urls.api, 'ada');
    await listen();
    expect((await get(id)).status).toBe('running');
    await underWay(id);
    expect(await system.autoscaler.stop('SIGTERM')).toBe(0);
    socket.disconnect();
    await system.autoscaler.start();
    ada = await ApiClient.login(system.urls.api, 'ada');
    await listen();
    await eventually('it is done', async () => (await get(id)).status === 'done');
    expect((await get(id)).result).toEqual(result);
  });
});
