import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let root: ApiClient;
let ada: ApiClient;
let socket: Socket;
let id: string;
const heard: { type: string; data: Record<string, unknown> }[] = [];

interface ServiceLevel {
  readonly promise: Record<string, unknown> | null;
  readonly budget: Record<string, number> | null;
  readonly trust: Record<string, unknown> | null;
  readonly lead_time: {
    readonly count: number;
    readonly up_to_ms: number;
    readonly planned_ms: number;
    readonly samples: readonly number[];
  };
  readonly model: { readonly state: string; readonly since: string | null; readonly summary: string };
}

interface Decisions {
  readonly decisions: readonly {
    readonly policy: string;
    readonly policy_role: string;
    readonly steps: readonly { readonly code: string; readonly data?: Readonly<Record<string, unknown>> }[];
  }[];
}

beforeAll(async () => {
  system = await startSystem({ speed: 60, provisioning: '60s' });
  root = await ApiClient.register(system.urls.api, 'root');
  ada = await ApiClient.register(system.urls.api, 'ada');
  const created = await ada.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 2,
    max_servers: 12,
    policy: { slo: { violations: '1%', max_utilization: '90%' } },
    provider: { type: 'simulator', simulated: { servers: 3, base_cpu: 55, variance: 1 } },
  });
  expect(created.status).toBe(201);
  id = created.body.id;
  socket = io(system.urls.api, { auth: { token: ada.token }, transports: ['websocket'] });
  socket.on('decision', (event: (typeof heard)[number]) => heard.push(event));
  expect(await socket.emitWithAck('subscribe', { cluster_id: id })).toMatchObject({ ok: true });
});
afterAll(async () => {
  socket?.disconnect();
  await system?.stop();
});

async function level(): Promise<ServiceLevel> {
  const { status, body } = await ada.get<ServiceLevel>(`/clusters/${id}/service-level`);
  expect(status).toBe(200);
  return body;
}

async function audited(action: string): Promise<number> {
  const { body } = await root.get<{ count: number }>(`/audit?action=${action}`);
  return body.count;
}

describe('a service level', () => {
  it('shows promise, budget and model state on routes, socket and gauges', async () => {
    const seen = await eventually('something was learned', async () => {
      const found = await level();
      return found.budget === null ? undefined : found;
    });
    expect(seen).toMatchObject({
      policy: 'slo',
      promise: { violations: '1%', max_utilization: '90%', max_actions_per_day: null },
      budget: { promised: 0.01, burn_rate: expect.any(Number), left: expect.any(Number), spent: expect.any(Number) },
      trust: {
        coverage: { '0.9': expect.any(Number) },
        demoted: false,
        skill: null,
        predictable: null,
        // The assumed lead time is two minutes: three steps, half, and twice that.
        horizons: [120, 180, 360].map((seconds) => ({
          seconds,
          decides: seconds === 180,
          judged: false,
          coverage: { '0.9': expect.any(Number) },
        })),
      },
      model: { state: 'learning', step_seconds: 60, summary: expect.stringMatching(/^Still learning/) },
    });
    const { body } = await ada.get<{ service_level: unknown }>(`/clusters/${id}/status`);
    expect(body.service_level).toMatchObject({ model: { state: 'learning' }, budget: { promised: 0.01 } });
    await eventually('the socket reports it', () =>
      heard.some(({ data }) => (data['service_level'] as { state?: string } | null)?.state === 'learning'),
    );
    const scraped = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
    for (const gauge of [
      'error_budget_left',
      'budget_left',
      'budget_burn_rate',
      'forecast_coverage',
      'forecast_demoted',
    ]) {
      expect(scraped).toMatch(
        new RegExp(`^autoscaler_cluster_${gauge}\\{[^}]*cluster_id="${id}"[^}]*\\} [\\d.-]+$`, 'm'),
      );
    }
  });

  it('measures its lead time, which survives a crash and is a step of each decision', async () => {
    await ada.post(`/clusters/${id}/scale`, { desired_servers: 6, hold_for: '1h' });
    const { lead_time: measured } = await eventually('three servers came', async () => {
      const found = await level();
      return found.lead_time.count >= 3 ? found : undefined;
    });
    expect(measured.up_to_ms).toBe(Math.max(...measured.samples));
    await system.autoscaler.stop('SIGKILL');
    await system.autoscaler.start();
    expect((await level()).lead_time.samples).toEqual(measured.samples);
    const steps = await eventually('a decision after the crash says it', async () => {
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions?steps=true&limit=1`);
      return body.decisions[0]?.steps.find(({ code }) => code === 'lead_time');
    });
    expect(steps).toMatchObject({ data: { lead_time_count: measured.samples.length, lead_time_quantile: 0.9 } });
    // Decisions and the service level state the same times.
    await eventually('both are of the same tick', async () => {
      const { lead_time: stated } = await level();
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions?steps=true&limit=1`);
      const data = body.decisions[0]?.steps.find(({ code }) => code === 'lead_time')?.data;
      return (
        data !== undefined &&
        1000 * Number(data['lead_seconds_planned']) === stated.planned_ms &&
        data['lead_time_planned_ms'] === stated.up_to_ms
      );
    });
    await ada.delete(`/clusters/${id}/scale`);
  });

  it('returns forecast scores, and rejects an invalid range', async () => {
    const { status, body } = await ada.get(`/clusters/${id}/trust?range=1d`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      cluster_id: id,
      bucket_seconds: 3600,
      demoted_below: 0.75,
      horizons: expect.any(Array),
    });
    expect((await ada.get(`/clusters/${id}/trust?range=never`)).status).toBe(400);
  });
});

describe('a candidate policy', () => {
  it('runs beside the acting one, and is adopted', async () => {
    const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 40 }] } };
    expect((await ada.get(`/clusters/${id}/candidate`)).status).toBe(404);
    expect((await ada.put(`/clusters/${id}/candidate`, { policy: { slo: { violations: '90%' } } })).status).toBe(400);
    const set = await ada.put(`/clusters/${id}/candidate`, { policy });
    expect(set).toMatchObject({ status: 200, body: { by: 'ada', policy: { target_tracking: expect.anything() } } });
    const trial = await eventually('it decided', async () => {
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions?policy_role=candidate&limit=1`);
      return body.decisions[0];
    });
    expect(trial).toMatchObject({ policy: 'target_tracking', policy_role: 'candidate', mode: 'recommend' });
    const { body: acting } = await ada.get<Decisions>(`/clusters/${id}/decisions?limit=20`);
    expect(new Set(acting.decisions.map(({ policy_role }) => policy_role))).toEqual(new Set(['acting']));

    const adopted = await ada.post(`/clusters/${id}/candidate/adopt`, {});
    expect(adopted).toMatchObject({
      status: 200,
      body: { candidate: null, policy: { target_tracking: expect.anything() } },
    });
    expect((await ada.post(`/clusters/${id}/candidate/adopt`, {})).status).toBe(404);
    await eventually('it acts', async () => {
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions?limit=1`);
      return body.decisions[0]?.policy === 'target_tracking';
    });
    await ada.put(`/clusters/${id}/candidate`, { policy: { slo: {} } });
    expect((await ada.delete(`/clusters/${id}/candidate`)).status).toBe(204);
    expect(await audited('candidate.set')).toBe(2);
    expect(await audited('candidate.adopt')).toBe(1);
    expect(await audited('candidate.remove')).toBe(1);
  });
});

describe('a simulated cluster', () => {
  it('gets load, changes and failures through the service', async () => {
    const spike = await ada.post(`/clusters/${id}/simulation/spike`, {
      cpu_target: 80,
      duration: '2s',
    });
    expect(spike).toMatchObject({ status: 200, body: { ends_at: expect.any(String), peak_load: expect.any(Number) } });
    const { body } = await ada.get<{ spikes: unknown[]; load: { offered: number } }>(`/clusters/${id}/simulation`);
    expect(body).toMatchObject({ cluster_id: id, pattern: 'steady', capacity: 100 });
    const pattern = await ada.post(`/clusters/${id}/simulation/pattern`, { pattern: 'sine_wave', period: '10m' });
    expect(pattern).toMatchObject({ status: 200, body: { pattern: 'sine_wave' } });
    const wrong = await ada.post(`/clusters/${id}/simulation/pattern`, { pattern: 'steady', factor: 3 });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'simulator_refused', details: [{ field: 'factor' }] } });
    expect((await ada.post(`/clusters/${id}/simulation/spike`, { cpu_target: 'high' })).status).toBe(400);
    const killed = await ada.post<{ servers: string[] }>(`/clusters/${id}/simulation/kill-servers`, { count: 1 });
    expect(killed).toMatchObject({ status: 200, body: { count: 1 } });
    expect(await audited('simulation.kill_servers')).toBe(1);
  });
});

describe('operations', () => {
  interface Operations {
    readonly loop: { readonly running: boolean };
    readonly endpoints: readonly { readonly kind: string; readonly circuit: string }[];
    readonly clusters: readonly {
      readonly cluster_id: string;
      readonly collection_failures: number;
      readonly collection_error: string | null;
      readonly circuit: string;
    }[];
  }

  it('show each user their clusters, and which are unreachable', async () => {
    const bob = await ApiClient.register(system.urls.api, 'bob');
    expect((await bob.get<Operations>('/operations')).body).toMatchObject({ clusters: [], endpoints: [], count: 0 });
    const { body } = await ada.get<Operations>('/operations');
    expect(body).toMatchObject({
      loop: { running: true, writable: true },
      clusters: [
        { cluster_id: id, name: 'web', collection_failures: 0, circuit: 'closed', endpoint: system.urls.simulator },
      ],
      endpoints: [
        { kind: 'metric_source', circuit: 'closed', clusters: 1 },
        { kind: 'scale_target', circuit: 'closed', clusters: 1 },
      ],
    });
    expect((await root.get<Operations>('/operations')).body.clusters).toHaveLength(1);
    await system.simulator.stop();
    const broken = await eventually('its circuit opened', async () => {
      const [found] = (await ada.get<Operations>('/operations')).body.clusters;
      return found?.circuit === 'open' ? found : undefined;
    });
    expect(broken.collection_failures).toBeGreaterThan(0);
    expect(broken.collection_error).not.toBeNull();
    expect(await ada.get(`/clusters/${id}/simulation`)).toMatchObject({
      status: 503,
      body: { code: 'simulator_unreachable' },
    });
    await system.simulator.start();
    await eventually('it works again', async () => {
      const [found] = (await ada.get<Operations>('/operations')).body.clusters;
      return found?.circuit === 'closed' && found.collection_failures === 0;
    });
  });
});

describe('roles', () => {
  it('are changed by admins, and decide who may try policies and change simulated clusters', async () => {
    const { body } = await root.get<{ users: { id: string; username: string }[] }>('/users');
    const userId = (name: string): string => body.users.find(({ username }) => username === name)!.id;
    expect((await ada.get('/users')).status).toBe(403);
    expect((await ada.patch(`/users/${userId('ada')}`, { role: 'admin' })).status).toBe(403);
    expect(await root.patch(`/users/${userId('root')}`, { role: 'viewer' })).toMatchObject({
      status: 409,
      body: { code: 'last_admin' },
    });
    expect((await root.patch(`/users/${userId('ada')}`, { role: 'king' })).status).toBe(400);
    expect(await root.patch(`/users/${userId('ada')}`, { role: 'viewer' })).toMatchObject({
      status: 200,
      body: { role: 'viewer' },
    });
    expect(await audited('user.change_role')).toBe(1);
    await eventually('the new role counts', async () => {
      const { status } = await ada.put(`/clusters/${id}/candidate`, { policy: { slo: {} } });
      return status === 403;
    });
    expect((await ada.post(`/clusters/${id}/simulation/kill-servers`, { count: 1 })).status).toBe(403);
    expect((await ada.get(`/clusters/${id}/service-level`)).status).toBe(200);
  });
});
