import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let ada: ApiClient;
let socket: Socket;
let id: string;
const heard: { type: string; data: Record<string, unknown> }[] = [];

beforeAll(async () => {
  system = await startSystem({ speed: 60, provisioning: '30s' });
  ada = await ApiClient.register(system.urls.api, 'ada');
  const created = await ada.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 2,
    max_servers: 12,
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '2s' } },
    provider: { type: 'simulator', simulated: { servers: 3, base_cpu: 55, variance: 1 } },
  });
  expect(created.status).toBe(201);
  id = created.body.id;
  socket = io(system.urls.api, { auth: { token: ada.token }, transports: ['websocket'] });
  for (const type of ['decision', 'scaling_event', 'metrics'])
    socket.on(type, (event: (typeof heard)[number]) => heard.push(event));
  expect(await socket.emitWithAck('subscribe', { cluster_id: id })).toMatchObject({ ok: true });
  await active(3);
});
afterAll(async () => {
  socket?.disconnect();
  await system?.stop();
});

interface Status {
  readonly servers: { readonly active: number } | null;
  readonly cpu: number | null;
}

async function active(count: number): Promise<void> {
  await eventually(
    `${count} servers are active`,
    async () => (await ada.get<Status>(`/clusters/${id}/status`)).body.servers?.active === count,
  );
}

async function events(action: string): Promise<Record<string, unknown>[]> {
  const { body } = await ada.get<{ events: Record<string, unknown>[] }>(`/clusters/${id}/events`);
  return body.events.filter((event) => event['action'] === action && event['outcome'] === 'success');
}

async function scraped(line: RegExp): Promise<number> {
  const text = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? Number.NaN);
}

describe('a spike', () => {
  it('scales the cluster up, and its end down again, visible to every client', async () => {
    const spike = { cluster_id: id, cpu_target: 95, duration: '6s', ramp_up: '500ms' };
    expect((await call(system.urls.simulator, 'POST', '/spike', spike)).status).toBeLessThan(300);

    const up = await eventually('it was scaled up', async () => (await events('SCALE_UP'))[0]);
    expect(up).toMatchObject({ policy: 'target_tracking', servers_before: expect.any(Number), outcome: 'success' });
    await eventually(
      'more than 3 servers are active',
      async () => ((await ada.get<Status>(`/clusters/${id}/status`)).body.servers?.active ?? 0) > 3,
    );
    const { body } = await ada.get<{ decisions: { steps: { stage: string }[] }[] }>(
      `/clusters/${id}/decisions?action=SCALE_UP&steps=true`,
    );
    expect(body.decisions[0]?.steps.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['observe', 'propose']));

    await eventually('it was scaled down', async () => (await events('SCALE_DOWN')).length > 0);
    await active(3);

    await eventually('the socket heard of both', () =>
      ['SCALE_UP', 'SCALE_DOWN'].every((action) =>
        heard.some(({ type, data }) => type === 'scaling_event' && data['action'] === action),
      ),
    );
    expect(heard.some(({ type }) => type === 'metrics')).toBe(true);
    expect(
      await scraped(/autoscaler_scaling_events_total\{action="SCALE_UP",outcome="success"\} (\d+)/),
    ).toBeGreaterThan(0);
    expect(
      await scraped(/autoscaler_scaling_events_total\{action="SCALE_DOWN",outcome="success"\} (\d+)/),
    ).toBeGreaterThan(0);
    expect(
      await scraped(new RegExp(`autoscaler_cluster_servers_actual\\{cluster_id="${id}",cluster="web"\\} (\\d+)`)),
    ).toBe(3);
  });
});

describe('a user', () => {
  it('holds a count, within bounds, and releases it', async () => {
    expect(await ada.post(`/clusters/${id}/scale`, { desired_servers: 50 })).toMatchObject({
      status: 400,
      body: { code: 'out_of_bounds' },
    });
    expect((await ada.post(`/clusters/${id}/scale`, { desired_servers: 6, hold_for: '5m' })).status).toBeLessThan(300);
    await active(6);
    const { body } = await ada.get<{ decisions: { policy: string }[] }>(`/clusters/${id}/decisions?limit=1`);
    expect(body.decisions[0]?.policy).toBe('hold');
    expect((await ada.delete(`/clusters/${id}/scale`)).status).toBeLessThan(300);
    await active(3);
  });

  it('reads in the answer and in the decision that a held count is only recommended', async () => {
    const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } };
    const { body: made } = await ada.post<{ id: string }>('/clusters', {
      name: 'advised',
      min_servers: 2,
      max_servers: 12,
      policy: { ...policy, mode: 'recommend' },
      provider: { type: 'simulator', simulated: { servers: 3, base_cpu: 55, variance: 1 } },
    });
    const hold = { desired_servers: 6, hold_for: '5m' };
    expect((await ada.post(`/clusters/${made.id}/scale`, hold)).body).toMatchObject({ mode: 'recommend', hold: {} });
    await eventually('the decision says so', async () => {
      const { body } = await ada.get<{ decisions: { reason: string }[] }>(`/clusters/${made.id}/decisions?limit=1`);
      return body.decisions[0]?.reason.startsWith('Only recommended: held at 6 servers by ada for another');
    });
    await ada.delete(`/clusters/${made.id}`);
  });

  it('changes bounds, which the next tick applies', async () => {
    await ada.put(`/clusters/${id}`, { min_servers: 5 });
    await active(5);
    await ada.put(`/clusters/${id}`, { min_servers: 2, max_servers: 3 });
    await active(3);
  });

  it('pauses a cluster, which is then not scaled', async () => {
    await ada.put(`/clusters/${id}`, { status: 'paused', min_servers: 2, max_servers: 12 });
    await call(system.urls.simulator, 'PUT', `/clusters/${id}`, { desired_servers: 2 });
    const before = (await ada.get<{ decisions: unknown[] }>(`/clusters/${id}/decisions?limit=1`)).body.decisions;
    await eventually('the simulator has 2 servers', async () => {
      const { body } = await call<{ servers: { state: string }[] }>(system.urls.simulator, 'GET', `/clusters/${id}`);
      return body.servers.filter(({ state }) => state === 'ACTIVE').length === 2;
    });
    expect((await ada.get<{ decisions: unknown[] }>(`/clusters/${id}/decisions?limit=1`)).body.decisions).toEqual(
      before,
    );
    await ada.put(`/clusters/${id}`, { status: 'active' });
    await active(3);
  });
});
