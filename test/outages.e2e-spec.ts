import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

interface Decision {
  readonly action: string;
  readonly code: string;
  readonly reason: string;
}

let system: System;
let ada: ApiClient;
let id: string;

beforeAll(async () => {
  system = await startSystem({ speed: 60, provisioning: '30s' });
  ada = await ApiClient.register(system.urls.api, 'ada');
  const { body } = await ada.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 1,
    max_servers: 12,
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '0s' } },
    provider: { type: 'simulator', simulated: { servers: 4, base_cpu: 58, variance: 1 } },
  });
  id = body.id;
  await settled();
});
afterAll(async () => system?.stop());

async function last(): Promise<Decision | undefined> {
  return (await ada.get<{ decisions: Decision[] }>(`/clusters/${id}/decisions?limit=1`)).body.decisions[0];
}

async function settled(): Promise<void> {
  await eventually('4 servers are active and fine', async () => {
    const { body } = await ada.get<{ servers: { active: number } | null }>(`/clusters/${id}/status`);
    return body.servers?.active === 4 && (await last())?.code === 'within_tolerance';
  });
}

async function fault(body: object): Promise<void> {
  expect((await call(system.urls.simulator, 'POST', '/faults', { cluster_id: id, ...body })).status).toBeLessThan(300);
}

async function mend(): Promise<void> {
  await call(system.urls.simulator, 'DELETE', `/faults?cluster_id=${id}`);
}

async function scaleDowns(): Promise<number> {
  const { body } = await ada.get<{ events: { action: string }[] }>(`/clusters/${id}/events`);
  return body.events.filter(({ action }) => action === 'SCALE_DOWN').length;
}

describe('an unreachable provider', () => {
  it('is left unchanged, the decision states the reason, and the loop continues when it is back', async () => {
    const before = await scaleDowns();
    await system.simulator.stop();
    const decision = await eventually('a decision says so', async () => {
      const found = await last();
      return found?.code === 'provider_unreachable' && found;
    });
    expect(decision).toMatchObject({
      action: 'MAINTAIN',
      reason: expect.stringContaining('Servers stay as they are.'),
    });
    await eventually(
      'the cluster is marked',
      async () => (await ada.get(`/clusters/${id}`)).body['status'] === 'error',
    );
    await system.simulator.start();
    await settled();
    expect((await ada.get(`/clusters/${id}`)).body['status']).toBe('active');
    expect(await scaleDowns()).toBe(before);
  });
});

describe('a provider fault', () => {
  it.each([
    ['errors', { errors: 1 }],
    ['hanging connections', { hang: true }],
    ['latency beyond the timeout', { latency: '3s' }],
  ])('by %s removes no server, and ends when the fault ends', async (_name, body) => {
    const before = await scaleDowns();
    await fault(body);
    await eventually('a decision says so', async () => (await last())?.code === 'provider_unreachable');
    await mend();
    await settled();
    expect(await scaleDowns()).toBe(before);
  });

  it('that refuses is recorded as failed, and retried', async () => {
    await fault({ refuse_scale_up: true });
    await ada.put(`/clusters/${id}`, { min_servers: 6 });
    await eventually('a failed event is there', async () => {
      const { body } = await ada.get<{ events: { outcome: string; error: string | null }[] }>(`/clusters/${id}/events`);
      return body.events.some(({ outcome, error }) => outcome === 'failed' && error !== null);
    });
    await mend();
    await eventually(
      'it has 6 servers',
      async () => (await ada.get<{ servers: { active: number } }>(`/clusters/${id}/status`)).body.servers.active === 6,
    );
    await ada.put(`/clusters/${id}`, { min_servers: 1 });
    await settled();
  });

  it('that grants a part is recorded as partial, and the rest is requested again', async () => {
    await fault({ partial_scale_up: 0.5 });
    await ada.put(`/clusters/${id}`, { min_servers: 8 });
    await eventually('a partial event is there', async () => {
      const { body } = await ada.get<{ events: { outcome: string }[] }>(`/clusters/${id}/events`);
      return body.events.some(({ outcome }) => outcome === 'partial');
    });
    await mend();
    await eventually(
      'it has 8 servers',
      async () => (await ada.get<{ servers: { active: number } }>(`/clusters/${id}/status`)).body.servers.active === 8,
    );
    await ada.put(`/clusters/${id}`, { min_servers: 1 });
    await settled();
  });

  it('that kills servers is repaired', async () => {
    await fault({ crash_servers: 2 });
    await eventually('more were asked for', async () => {
      const { body } = await ada.get<{ events: { action: string }[] }>(`/clusters/${id}/events`);
      return body.events[0]?.action === 'SCALE_UP';
    });
    await settled();
  });
});
