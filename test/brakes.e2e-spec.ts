import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
/** An admin, an operator and a viewer. */
let root: ApiClient;
let olga: ApiClient;
let vera: ApiClient;

beforeAll(async () => {
  system = await startSystem({ env: { AUTOSCALER_ALERTS_ALLOWED_URLS: 'https://hooks.example.com' } });
  root = await ApiClient.register(system.urls.api, 'root');
  for (const [username, role] of [
    ['olga', 'operator'],
    ['vera', 'viewer'],
  ])
    await root.post('/users', { username, password: PASSWORD, role });
  olga = await ApiClient.login(system.urls.api, 'olga');
  vera = await ApiClient.login(system.urls.api, 'vera');
});
afterAll(async () => system?.stop());

interface Entry {
  readonly actor: string;
  readonly action: string;
  readonly outcome: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Audit entries of an action, newest first. */
async function audited(action: string): Promise<Entry[]> {
  return (await root.get<{ entries: Entry[] }>(`/audit?action=${action}`)).body.entries;
}

/** Status codes for a client without login, the viewer, the operator and the admin. */
async function statuses(method: string, path: string, body?: unknown): Promise<number[]> {
  const answers: number[] = [];
  for (const token of [undefined, vera.token, olga.token, root.token])
    answers.push((await call(system.urls.api, method, path, body, token)).status);
  return answers;
}

describe('a freeze', () => {
  it('is visible to every user, and set and lifted by admins only', async () => {
    expect(await statuses('GET', '/operations/freeze')).toEqual([401, 200, 200, 200]);
    expect(await statuses('POST', '/operations/freeze', { reason: 'wrong metrics' })).toEqual([401, 403, 403, 200]);
    const { body } = await vera.get('/operations/freeze');
    expect(body).toEqual({ freeze: { frozen_at: expect.any(String), by: 'root', reason: 'wrong metrics' } });
    expect(await statuses('DELETE', '/operations/freeze')).toEqual([401, 403, 403, 200]);
    expect((await vera.get('/operations/freeze')).body).toEqual({ freeze: null });
    expect(await audited('operations.freeze')).toMatchObject([
      { actor: 'root', outcome: 'success', after: { by: 'root', reason: 'wrong metrics' } },
    ]);
    expect(await audited('operations.unfreeze')).toMatchObject([
      { actor: 'root', outcome: 'success', before: { by: 'root', reason: 'wrong metrics' } },
    ]);
  });

  it.each([
    ['an empty reason', { reason: '' }],
    ['a reason that is too long', { reason: 'x'.repeat(201) }],
    ['a reason that is no text', { reason: 7 }],
    ['an unknown field', { why: 'unknown' }],
  ])('is not started by %s', async (_name, body) => {
    expect(await root.post('/operations/freeze', body)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    expect((await root.get('/operations/freeze')).body).toEqual({ freeze: null });
  });
});

describe('held removals', () => {
  it('are released by admins only, and the release is audited', async () => {
    const endpoint = 'http://127.0.0.1:9000';
    expect(await statuses('POST', '/operations/removals/release', { endpoint })).toEqual([401, 403, 403, 200]);
    expect((await root.post('/operations/removals/release', {})).body).toEqual({ released: 0 });
    expect(await audited('operations.removals.release')).toMatchObject([
      { actor: 'root', outcome: 'success', after: { endpoint: null, released: 0 } },
      { actor: 'root', outcome: 'success', after: { endpoint, released: 0 } },
    ]);
  });

  it.each([
    ['an endpoint that is no text', { endpoint: 7 }],
    ['an endpoint that is too long', { endpoint: 'x'.repeat(2001) }],
    ['an unknown field', { endpoints: [] }],
  ])('are not released by %s', async (_name, body) => {
    expect(await root.post('/operations/removals/release', body)).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
    expect(await audited('operations.removals.release')).toHaveLength(2);
  });
});

describe('the webhook of an account', () => {
  const url = 'https://hooks.example.com/secret-path';

  it('is set and removed by operators for themselves, and its secret is shown once', async () => {
    expect(await statuses('GET', '/alerts/webhook')).toEqual([401, 200, 200, 200]);
    expect(await statuses('PUT', '/alerts/webhook', { url })).toEqual([401, 403, 200, 200]);
    const { body } = await olga.put<{ secret: string }>('/alerts/webhook', { url });
    expect(body).toEqual({ webhook: { url, created_at: expect.any(String) }, secret: expect.any(String) });
    expect((await olga.get('/alerts/webhook')).body).toEqual({ webhook: { url, created_at: expect.any(String) } });
    expect((await vera.get('/alerts/webhook')).body).toEqual({ webhook: null });
    expect((await olga.delete('/alerts/webhook')).status).toBe(204);
    expect((await olga.get('/alerts/webhook')).body).toEqual({ webhook: null });
    expect((await root.get('/alerts/webhook')).body).toEqual({ webhook: { url, created_at: expect.any(String) } });
    const set = await audited('alerts.webhook.set');
    expect(set.map(({ actor }) => actor)).toEqual(['olga', 'root', 'olga']);
    expect(set[0]?.after).toEqual({ server: 'https://hooks.example.com' });
    expect(JSON.stringify(set)).not.toContain(body.secret);
    expect(await audited('alerts.webhook.remove')).toMatchObject([{ actor: 'olga', outcome: 'success' }]);
  });

  it.each([
    ['webhook_not_allowed', { url: 'https://elsewhere.example.com/' }],
    ['webhook_not_allowed', { url: 'https://name:password@hooks.example.com/' }],
    ['webhook_not_allowed', { url: 'file:///etc/passwd' }],
    ['validation_failed', { url: '' }],
    ['validation_failed', { url: 7 }],
    ['validation_failed', {}],
  ])('is rejected with %s: %j', async (code, body) => {
    const answer = await olga.put('/alerts/webhook', body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body['details']).toContainEqual({ field: 'url', error: expect.any(String) });
    expect((await olga.get('/alerts/webhook')).body).toEqual({ webhook: null });
  });
});

describe('a cluster', () => {
  const window = (servers: object) => ({
    schedule: { windows: [{ name: 'sale', cron: '0 8 * * *', duration: '1h', ...servers }] },
  });

  it('gets its bounds and its hold back by undo, one change after the other', async () => {
    const { body } = await olga.post<{ id: string }>('/clusters', { name: 'web', min_servers: 2, max_servers: 20 });
    const path = `/clusters/${body.id}`;
    const bounds = async () => (await olga.get(path)).body;
    expect((await olga.put(path, { max_servers: 4 })).status).toBe(200);
    await root.post('/users', { username: 'otto', password: PASSWORD, role: 'operator' });
    const otto = await ApiClient.login(system.urls.api, 'otto');
    expect(await otto.post(`${path}/undo`, undefined)).toMatchObject({ status: 404 });
    expect(await olga.post(`${path}/undo`, { immediate: 'yes' })).toMatchObject({ status: 400 });
    expect(await statuses('POST', `${path}/undo`)).toEqual([401, 403, 200, 409]);
    expect(await bounds()).toMatchObject({ min_servers: 2, max_servers: 20 });
    expect(await olga.post(`${path}/undo`, undefined)).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_undo' },
    });
    expect((await olga.put(path, { min_servers: 5 })).status).toBe(200);
    expect((await olga.post(`${path}/scale`, { desired_servers: 7, hold_for: '5m' })).status).toBe(200);
    const undone = await olga.post(`${path}/undo`, undefined);
    expect(undone.body).toEqual({ cluster_id: body.id, min_servers: 5, max_servers: 20, hold: null });
    expect(await bounds()).toMatchObject({ min_servers: 5, max_servers: 20 });
    expect((await audited('cluster.undo')).map(({ actor }) => actor)).toEqual(['olga', 'olga']);
  });

  it('rejects a window outside its bounds, on every route', async () => {
    const bounds = { min_servers: 2, max_servers: 12 };
    const refused = (field: string, text: string) => ({
      status: 400,
      body: { code: 'validation_failed', details: [{ field, error: expect.stringContaining(text) }] },
    });
    const floor = 'policy.schedule.windows.0.min_servers';
    const [wrong, right] = [window({ min_servers: 50 }), window({ min_servers: 10 })];
    expect(await olga.post('/clusters', { name: 'shop', ...bounds, policy: wrong })).toMatchObject(
      refused(floor, 'max_servers (12)'),
    );
    const ceiling = window({ max_servers: 1 });
    expect(await olga.post('/clusters', { name: 'shop', ...bounds, policy: ceiling })).toMatchObject(
      refused('policy.schedule.windows.0.max_servers', 'min_servers (2)'),
    );
    const made = await olga.post<{ id: string }>('/clusters', { name: 'shop', ...bounds, policy: right });
    expect(made.status).toBe(201);
    const path = `/clusters/${made.body.id}`;
    expect(await olga.put(path, { policy: wrong })).toMatchObject(refused(floor, 'max_servers (12)'));
    // The window stays, and the new bounds would exclude it.
    expect(await olga.put(path, { max_servers: 9 })).toMatchObject(refused(floor, 'max_servers (9)'));
    expect(await olga.put(`${path}/candidate`, { policy: wrong })).toMatchObject(refused(floor, 'max_servers (12)'));
    expect((await olga.get(path)).body).toMatchObject(bounds);
    expect((await olga.get(`${path}/candidate`)).status).toBe(404);
  });
});
