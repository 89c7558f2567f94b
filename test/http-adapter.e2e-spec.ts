import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

const KEY = 'a key that only this test uses';

interface Adapted {
  desired: number;
  limit: number;
  servers: { readonly id: string; readonly state: string; readonly cpu: number }[];
}

describe('a cluster behind an HTTP adapter', () => {
  const web: Adapted = { desired: 2, limit: 20, servers: ['a', 'b'].map((id) => ({ id, state: 'ACTIVE', cpu: 95 })) };
  let adapter: Server;
  let url: string;
  let system: System;
  let ada: ApiClient;

  beforeAll(async () => {
    const example = '../examples/http-adapter/server.js';
    const { createAdapter } = (await import(example)) as { createAdapter: (key: string, of: object) => Server };
    adapter = createAdapter(KEY, new Map([['web', web]]));
    await new Promise<void>((resolve) => adapter.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
    system = await startSystem({ env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: url } });
    ada = await ApiClient.register(system.urls.api, 'ada');
  });
  afterAll(async () => {
    await system?.stop();
    adapter?.closeAllConnections();
    adapter?.close();
  });

  it('is scaled by a stored connection with its key', async () => {
    const connection = { name: 'mine', type: 'http', spec: { url: `${url}/` }, secrets: { hmac_key: KEY } };
    expect(await ada.post('/connections', connection)).toMatchObject({ status: 201, body: { spec: { url } } });
    const provider = { type: 'http', connection: 'mine', cluster_id: 'web' };
    const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } };
    const cluster = { name: 'web', min_servers: 1, max_servers: 10, config: { interval: '200ms' }, policy, provider };
    expect(await ada.post('/clusters', cluster)).toMatchObject({ status: 201, body: { provider } });
    await eventually('two servers at 95 % become four', () => web.desired === 4);
    expect(web.servers.map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'PROVISIONING', 'PROVISIONING']);
  });

  it('is rejected if the address is not allowed', async () => {
    const connection = { type: 'http', secrets: { hmac_key: KEY } };
    for (const [name, address] of [
      ['foreign', 'http://127.0.0.1:1'],
      ['metadata', 'http://169.254.169.254'],
    ])
      expect(await ada.post('/connections', { ...connection, name, spec: { url: address } })).toMatchObject({
        status: 400,
        body: { details: [{ field: 'spec.url' }] },
      });
  });

  it('is not scaled while the adapter rejects the key', async () => {
    await ada.post('/connections/mine/rotate', { secrets: { hmac_key: 'another' } });
    const { clusters } = (await ada.get<{ clusters: { id: string }[] }>('/clusters')).body;
    const reason = await eventually('the cluster says why', async () => {
      const { body } = await ada.get<{ status_reason: string | null }>(`/clusters/${clusters[0]!.id}/status`);
      return body.status_reason;
    });
    expect(reason).toMatch(/HTTP 401, wrong signature or clock/);
    expect(web.desired).toBe(4);
  });
});
