import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

interface Simulated {
  readonly desired_servers: number;
  readonly servers: readonly { readonly state: string }[];
}

interface Events {
  readonly events: readonly { readonly desired: number; readonly outcome: string }[];
}

interface Posted {
  readonly id: string;
  readonly data: { readonly code: string; readonly state: string };
}

let system: System;
let ada: ApiClient;
let id: string;
/** Receives alerts, and its response. */
let receiver: Server;
let answer = 200;
const posted: Posted[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      posted.push(JSON.parse(body) as Posted);
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  // Provisioning takes ten real seconds: long enough to crash in between.
  system = await startSystem({
    speed: 1,
    provisioning: '10s',
    env: {
      AUTOSCALER_ALERTS_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      AUTOSCALER_ALERTS_WEBHOOK_SECRET: 'a secret of this test',
    },
  });
  ada = await ApiClient.register(system.urls.api, 'ada');
  const { body } = await ada.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 2,
    max_servers: 20,
    // Half of the capacity is used, so only a hold scales it.
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 50 }] } },
    provider: { type: 'simulator', simulated: { servers: 2, base_cpu: 50, variance: 1 } },
  });
  id = body.id;
  await eventually(
    'the cluster was ticked',
    async () => (await ada.get<{ decisions: unknown[] }>(`/clusters/${id}/decisions`)).body.decisions.length > 0,
  );
});
afterAll(async () => {
  await system?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
});

async function simulated(): Promise<Simulated> {
  return (await call<Simulated>(system.urls.simulator, 'GET', `/clusters/${id}`)).body;
}

async function decisionsSince(time: string): Promise<number> {
  return (await ada.get<{ decisions: unknown[] }>(`/clusters/${id}/decisions?from=${time}`)).body.decisions.length;
}

describe('a crash with a queued alert', () => {
  it('posts it after the restart, before later ones, with the same id', async () => {
    answer = 503;
    const { body } = await ada.post<{ id: string }>('/clusters', { name: 'shop', min_servers: 2, max_servers: 20 });
    await ada.post(`/clusters/${body.id}/scale`, { desired_servers: 9 });
    await eventually('it was refused', () => posted.length > 0);
    const [refused] = posted;
    await system.autoscaler.stop('SIGKILL');

    answer = 200;
    const before = posted.length;
    await system.autoscaler.start();
    await eventually('it arrived', () => posted.length > before);
    expect(posted[before]).toEqual(refused);
    ada = await ApiClient.login(system.urls.api, 'ada');
    await ada.delete(`/clusters/${body.id}`);
  });
});

describe('a crash during a scale-up', () => {
  it('repeats no scaling, and loses nothing', async () => {
    await ada.post(`/clusters/${id}/scale`, { desired_servers: 8, hold_for: '10m' });
    await eventually('the simulator was asked', async () => (await simulated()).desired_servers === 8);
    expect((await simulated()).servers.filter(({ state }) => state === 'PROVISIONING').length).toBeGreaterThan(0);
    await system.autoscaler.stop('SIGKILL');

    await system.autoscaler.start();
    const restarted = new Date().toISOString();
    ada = await ApiClient.login(system.urls.api, 'ada');
    await eventually('it ticked again', async () => (await decisionsSince(restarted)) >= 4);
    const { desired_servers: desired, servers } = await simulated();
    expect(desired).toBe(8);
    expect(servers.filter(({ state }) => state === 'PROVISIONING' || state === 'ACTIVE')).toHaveLength(8);

    await eventually('the servers are active', async () => {
      const { body } = await ada.get<{ servers: { active: number } | null }>(`/clusters/${id}/status`);
      return body.servers?.active === 8;
    });
    const { body } = await ada.get<Events>(`/clusters/${id}/events`);
    expect(body.events).toEqual([expect.objectContaining({ desired: 8, outcome: 'success' })]);
    const { body: status } = await ada.get<{ lead_time_ms: number | null }>(`/clusters/${id}/status`);
    expect(status.lead_time_ms).toBeGreaterThan(5000);
  });
});
