import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthApp, bearer } from './auth-app.js';

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly outcome: string;
  readonly target_name: string | null;
  readonly cluster_id: string | null;
}

let app: AuthApp;
let root: Record<string, string>;
const [web, db] = [randomUUID(), randomUUID()];

/** Entries as other parts of the service write them; `minute` counts from midnight of 5 January 2026. */
async function record(minute: number, actor: string, action: string, of: Partial<Record<string, unknown>>) {
  const { type = null, id = null, before = null, after = null, outcome = 'success' } = of;
  await app.dataSource.query(
    `INSERT INTO audit_log (at, actor, action, outcome, target_type, target_id, before, after)
     VALUES ('2026-01-05T00:00:00Z'::timestamptz + $1 * interval '1 minute', $2, $3, $4, $5, $6, $7, $8)`,
    [minute, actor, action, outcome, type, id, before, after],
  );
}

beforeAll(async () => {
  app = await AuthApp.start();
  await app.register('root');
  root = bearer(await app.login('root'));
  await record(1, 'ada', 'cluster.create', { type: 'cluster', id: web, after: { name: 'web' } });
  await record(2, 'bob', 'cluster.create', { type: 'cluster', id: db, after: { name: 'db' } });
  await record(3, 'ada', 'cluster.scale', { type: 'cluster', id: web, after: { desired_servers: 4 } });
  await record(4, 'bob', 'cluster.update', {
    type: 'cluster',
    id: web,
    before: { name: 'web', max_servers: 10 },
    after: { name: 'shop', max_servers: 20 },
  });
  await record(5, 'ada', 'backtest.create', { type: 'backtest', id: randomUUID(), after: { cluster_id: web } });
  await record(6, 'mallory', 'auth.lockout', { type: 'account', id: 'root', outcome: 'failure' });
});
afterAll(async () => app.close());

async function entries(query: Record<string, string>): Promise<Entry[]> {
  const range = { from: '2026-01-05T00:00:00Z', to: '2026-01-06T00:00:00Z' };
  const { status, body } = await app.send(
    'GET',
    `/audit?${new URLSearchParams({ ...range, ...query }).toString()}`,
    undefined,
    root,
  );
  expect(status).toBe(200);
  return body['entries'] as Entry[];
}

const actions = async (query: Record<string, string>) => (await entries(query)).map(({ action }) => action);

describe('the audit log', () => {
  it('names what was changed as it was called then, also where the entry does not', async () => {
    const named = (await entries({})).map(({ action, target_name: name, cluster_id: id }) => [action, name, id]);
    expect(named).toEqual([
      ['auth.lockout', 'root', null],
      ['backtest.create', 'shop', web],
      ['cluster.update', 'shop', web],
      ['cluster.scale', 'web', web],
      ['cluster.create', 'db', db],
      ['cluster.create', 'web', web],
    ]);
  });

  it.each([
    [{ actor: 'bob' }, ['cluster.update', 'cluster.create']],
    [{ action: 'cluster.scale' }, ['cluster.scale']],
    [{ target_type: 'backtest' }, ['backtest.create']],
    [{ outcome: 'failure' }, ['auth.lockout']],
    // One cluster by both of its names, with its backtest.
    [{ target: 'web' }, ['backtest.create', 'cluster.update', 'cluster.scale', 'cluster.create']],
    [{ target: 'shop' }, ['backtest.create', 'cluster.update', 'cluster.scale', 'cluster.create']],
    [{ target: 'root' }, ['auth.lockout']],
    [{ target: 'web', actor: 'ada', target_type: 'cluster' }, ['cluster.scale', 'cluster.create']],
    [{ from: '2026-01-05T00:02:00Z', to: '2026-01-05T00:04:00Z' }, ['cluster.scale', 'cluster.create']],
    [{ target: 'we' }, []],
  ])('is filtered by %j', async (query, expected) => {
    expect(await actions(query as Record<string, string>)).toEqual(expected);
  });

  it('is paged within a filter', async () => {
    const path = `/audit?actor=ada&to=2026-01-06T00:00:00Z&limit=2`;
    const first = await app.send('GET', path, undefined, root);
    const cursor = String(first.body['next_cursor']);
    const second = await app.send('GET', `${path}&cursor=${cursor}`, undefined, root);
    const both = [...(first.body['entries'] as Entry[]), ...(second.body['entries'] as Entry[])];
    expect(both.map(({ action }) => action)).toEqual(['backtest.create', 'cluster.scale', 'cluster.create']);
    expect(second.body['next_cursor']).toBeUndefined();
  });

  it.each([
    ['target_type', 'server'],
    ['outcome', 'perhaps'],
    ['actor', 'a'.repeat(101)],
    ['target', 'a'.repeat(101)],
    ['action', 'a'.repeat(65)],
  ])('refuses %s=%s', async (field, value) => {
    const { status, body } = await app.send('GET', `/audit?${field}=${value}`, undefined, root);
    expect({ status, fields: body.details?.map((detail) => detail.field) }).toEqual({ status: 400, fields: [field] });
  });
});
