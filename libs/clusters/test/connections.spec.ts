import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProviderSessions } from '#providers';
import { InProcessSession } from '../../providers/test/in-process.provider.js';
import { secretProvider } from '../../providers/test/secret.provider.js';
import { ClusterTargets } from '../src/index.js';
import { type Answer, RoutesApp } from './routes-app.js';

const URL_THERE = 'http://sim.example:9000';
const TOKEN = 'the-token-of-this-test-0123456789';

let app: RoutesApp;
let admin: string;
let ada: string;
let bob: string;
let viewer: string;
/** Arguments of opened sessions, in order. */
const opened: string[] = [];
let session: InProcessSession;

beforeAll(async () => {
  const provider = secretProvider((_connection, token) => {
    opened.push(token);
    return session;
  });
  app = await RoutesApp.with({ providers: [provider] });
  session = new InProcessSession(app.clock);
  admin = await app.user('root', 'admin');
  ada = await app.user('ada', 'operator');
  bob = await app.user('bob', 'operator');
  viewer = await app.user('vic', 'viewer');
});
afterAll(async () => app.close());

function connection(name: string, more: object = {}): object {
  return { name, type: 'guarded_api', spec: { url: URL_THERE }, secrets: { token: TOKEN }, ...more };
}

async function store(token: string, name: string, more: object = {}): Promise<Answer['body']> {
  const { status, body } = await app.send(token, 'POST', '/connections', connection(name, more));
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

function cluster(name: string, connectionName: string, more: object = {}): object {
  return {
    name,
    min_servers: 1,
    max_servers: 5,
    provider: { type: 'guarded', connection: connectionName, cluster_id: name, ...more },
  };
}

async function poll(id: string, provider: object): Promise<unknown> {
  const sessions = app.app.get(ProviderSessions, { strict: false });
  const one = { cluster: { id, provider: provider as never }, fence: null };
  return sessions.poll([one], new AbortController().signal)(one);
}

describe('a stored connection', () => {
  it('has all defaults filled in, and its secrets by name only', async () => {
    const body = await store(ada, 'plain');
    expect(body).toMatchObject({
      name: 'plain',
      type: 'guarded_api',
      spec: { url: URL_THERE, region: 'eu', ambient: false },
      secrets: ['token'],
      shared: false,
      version: 1,
    });
    expect((await app.send(ada, 'GET', '/connections/plain')).body).toEqual(body);
    const { body: list } = await app.send(ada, 'GET', '/connections?type=guarded_api');
    expect(list).toMatchObject({ connections: [{ name: 'plain' }], count: 1 });
  });

  it('is used by a cluster that names it, with its secrets', async () => {
    await store(ada, 'used');
    const created = await app.send(ada, 'POST', '/clusters', cluster('web', 'used'));
    expect(created).toMatchObject({
      status: 201,
      body: { provider: { type: 'guarded', connection: 'used', cluster_id: 'web' } },
    });
    const id = created.body['id'] as string;
    session.add(id);
    expect(await poll(id, created.body['provider'] as object)).toMatchObject({
      provider: { desired: 2 },
      late: null,
      metricsError: null,
    });
    expect(opened).toEqual([TOKEN]);
  });

  it.each([
    ['no such type', { type: 'other' }, 'type', /must be one of the following values: guarded_api/],
    [
      'a field that there is not',
      { spec: { url: URL_THERE, colour: 'red' } },
      'spec.colour',
      /^spec\.colour is not a known/,
    ],
    ['a field that is missing', { spec: {} }, 'spec.url', /url must be given/],
    ['an address that is not allowed', { spec: { url: 'http://other.example' } }, 'spec.url', /allowed_urls/],
    [
      'a password in the address',
      { spec: { url: 'http://u:hunter2@sim.example:9000' } },
      'spec.url',
      /must not contain a user name/,
    ],
    ['a secret that there is not', { secrets: { key: 'x' } }, 'secrets.key', /is not a secret of the type/],
    ['a secret that is no text', { secrets: { token: { a: 1 } } }, 'secrets.token', /must be a text/],
    ['an empty secret', { secrets: { token: '' } }, 'secrets.token', /must be a text/],
    ['a name that no path takes', { name: 'Prod/One' }, 'name', /lower-case/],
    ['a spec without end', { spec: { url: 'x'.repeat(600_000) } }, 'spec', /at most 600000 bytes/],
  ])('is rejected with %s', async (_name, change, field, error) => {
    const { status, body } = await app.send(ada, 'POST', '/connections', connection('wrong', change));
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'validation_failed' });
    expect(body.details).toContainEqual({ field, error: expect.stringMatching(error) });
    expect(JSON.stringify(body)).not.toMatch(/hunter2|the-token/);
  });

  it('is rejected with all that is wrong: its name, its address and its secrets', async () => {
    const change = { name: 'Prod/One', spec: { url: 'http://other.example', region: null }, secrets: { key: 'x' } };
    const { body } = await app.send(ada, 'POST', '/connections', connection('wrong', change));
    expect(body.details?.map(({ field }) => field)).toEqual(['name', 'spec.url', 'secrets.key']);
    const unknown = await app.send(ada, 'POST', '/connections', { name: 'Prod/One', type: 'unheard of' });
    expect(unknown.body.details?.map(({ field }) => field)).toEqual(['name', 'type']);
  });

  it('has a unique name in the installation', async () => {
    await store(ada, 'twice');
    expect(await app.send(bob, 'POST', '/connections', connection('twice'))).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    });
  });

  it('is rejected in a cluster that also has an address, or names none', async () => {
    await store(ada, 'only');
    const refused = async (provider: object) =>
      (await app.send(ada, 'POST', '/clusters', { ...cluster('half', 'only'), provider })).body.details;
    expect(await refused({ type: 'guarded', connection: 'only', url: URL_THERE })).toEqual([
      { field: 'provider.url', error: expect.stringContaining('belongs to a stored connection') },
    ]);
    expect(await refused({ type: 'guarded' })).toEqual([
      { field: 'provider.connection', error: expect.stringContaining('must name a stored connection') },
    ]);
    expect(await refused({ type: 'guarded', connection: 'nowhere' })).toEqual([
      { field: 'provider.connection', error: expect.stringContaining('there is no connection "nowhere"') },
    ]);
  });
});

describe('who may use a connection', () => {
  it('is its owner, and others once an admin has shared it; other users get 404', async () => {
    await store(ada, 'mine');
    const foreign = await app.send(bob, 'GET', '/connections/mine');
    const missing = await app.send(bob, 'GET', '/connections/gone');
    expect([foreign.status, foreign.body['code']]).toEqual([missing.status, missing.body['code']]);
    for (const [method, path, body] of [
      ['PUT', '/connections/mine', { spec: { url: URL_THERE } }],
      ['POST', '/connections/mine/rotate', { secrets: { token: 'x' } }],
      ['DELETE', '/connections/mine', undefined],
    ] as const)
      expect((await app.send(bob, method, path, body)).status).toBe(404);
    expect((await app.send(bob, 'GET', '/connections')).body).toMatchObject({ count: 0 });
    const unshared = await app.send(bob, 'POST', '/clusters', cluster('bobs', 'mine'));
    expect(unshared.body.details).toMatchObject([{ field: 'provider.connection' }]);

    expect((await app.send(ada, 'PUT', '/connections/mine', { shared: true })).body['code']).toBe('admins_share');
    const shared = await app.send(admin, 'PUT', '/connections/mine', { shared: true });
    expect(shared).toMatchObject({ status: 200, body: { shared: true, version: 1 } });
    expect((await app.send(bob, 'GET', '/connections/mine')).status).toBe(200);
    expect((await app.send(bob, 'POST', '/clusters', cluster('bobs', 'mine'))).status).toBe(201);
    for (const [method, path, body] of [
      ['PUT', '/connections/mine', { spec: { url: URL_THERE } }],
      ['POST', '/connections/mine/rotate', { secrets: { token: 'x' } }],
      ['DELETE', '/connections/mine', undefined],
    ] as const)
      expect(await app.send(bob, method, path, body)).toMatchObject({ status: 403, body: { code: 'not_owner' } });
    expect((await app.send(viewer, 'POST', '/connections', connection('v'))).status).toBe(403);
  });

  it('cannot be unshared while clusters of others use it', async () => {
    const refused = await app.send(admin, 'PUT', '/connections/mine', { shared: false });
    expect(refused).toMatchObject({ status: 409, body: { code: 'connection_in_use' } });
    expect(refused.body['error']).toContain('is used by the cluster bobs of other owners;');
  });
});

describe('the owner of a connection', () => {
  it('cannot be removed while there is one', async () => {
    const eve = await app.user('eve', 'operator');
    const { owner_id: id } = await store(eve, 'eves');
    const refused = await app.send(admin, 'DELETE', `/users/${String(id)}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'user_owns_clusters' } });
    expect((await app.send(eve, 'DELETE', '/connections/eves')).status).toBe(204);
    expect((await app.send(admin, 'DELETE', `/users/${String(id)}`)).status).toBe(204);
  });

  it('owns at most a hundred', async () => {
    const max = await app.user('max', 'operator');
    const { owner_id: id } = await store(max, 'max-0');
    await app.dataSource.query(
      `INSERT INTO connections (name, type, spec, owner_id) SELECT 'max-' || i, 'guarded_api', '{}', $1 FROM generate_series(1, 99) AS i`,
      [id],
    );
    const refused = await app.send(max, 'POST', '/connections', connection('max-100'));
    expect(refused).toMatchObject({ status: 409, body: { code: 'too_many_connections' } });
    const pages = [await app.send(max, 'GET', '/connections?limit=60')];
    const cursor = String(pages[0]?.body['next_cursor']);
    pages.push(await app.send(max, 'GET', `/connections?limit=60&cursor=${cursor}`));
    const names = pages.flatMap(({ body }) => (body['connections'] as { name: string }[]).map(({ name }) => name));
    expect(new Set(names.filter((name) => name.startsWith('max-'))).size).toBe(100);
  });
});

describe('a change of a connection', () => {
  it('needs the secrets again with a new address', async () => {
    await store(ada, 'moving');
    const spec = { url: 'http://127.0.0.1:9000' };
    const refused = await app.send(ada, 'PUT', '/connections/moving', { spec });
    expect(refused.body.details).toEqual([{ field: 'secrets', error: expect.stringContaining('given again') }]);
    const moved = await app.send(ada, 'PUT', '/connections/moving', { spec, secrets: { token: TOKEN }, version: 1 });
    expect(moved).toMatchObject({
      status: 200,
      body: { version: 2, spec: { ...spec, region: 'eu' }, secrets: ['token'] },
    });
    const late = await app.send(ada, 'PUT', '/connections/moving', { spec, version: 1 });
    expect(late).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } });
    const same = { spec: { ...spec, region: 'us' } };
    expect(await app.send(ada, 'PUT', '/connections/moving', same)).toMatchObject({
      body: { version: 3, secrets: ['token'] },
    });
  });

  it('that leads to servers of an older cluster takes the younger one out of the loop', async () => {
    const there = { spec: { url: 'http://127.0.0.1:9000' } };
    await store(ada, 'here');
    await store(ada, 'there', there);
    const named = (name: string, by: string): object => cluster(name, by, { cluster_id: 'shared' });
    expect((await app.send(ada, 'POST', '/clusters', named('older', 'here'))).status).toBe(201);
    const { body } = await app.send(ada, 'POST', '/clusters', named('younger', 'there'));
    const moved = { spec: { url: URL_THERE }, secrets: { token: TOKEN } };
    expect((await app.send(ada, 'PUT', '/connections/there', moved)).status).toBe(200);
    await app.app.get(ClusterTargets, { strict: false }).settle();
    expect((await app.send(ada, 'GET', `/clusters/${String(body['id'])}`)).body).toMatchObject({
      status: 'error',
      status_reason: expect.stringContaining('Another cluster already scales these servers'),
    });
  });

  it('opens a session with the new secrets', async () => {
    await store(ada, 'turning');
    const { body } = await app.send(ada, 'POST', '/clusters', cluster('turned', 'turning'));
    const id = body['id'] as string;
    const provider = body['provider'] as object;
    session.add(id);
    opened.length = 0;
    await poll(id, provider);
    await poll(id, provider);
    expect(opened).toEqual([TOKEN]);
    const rotated = await app.send(ada, 'POST', '/connections/turning/rotate', { secrets: { token: 'another-token' } });
    expect(rotated).toMatchObject({ status: 200, body: { version: 2, secrets: ['token'] } });
    expect(await poll(id, provider)).toMatchObject({ metricsError: null });
    expect(opened).toEqual([TOKEN, 'another-token']);
  });

  it('is audited without secrets', async () => {
    await store(ada, 'audited');
    await app.send(ada, 'POST', '/connections/audited/rotate', {
      secrets: { token: 'another-token', password: 'pw-1234' },
    });
    await app.send(ada, 'PUT', '/connections/audited', { secrets: { password: 'pw-5678' } });
    await app.send(ada, 'DELETE', '/connections/audited');
    const rows = await app.dataSource.query<{ action: string; before: unknown; after: unknown }[]>(
      `SELECT action, before, after FROM audit_log
        WHERE target_type = 'connection' AND coalesce(before, after)->>'name' = 'audited' ORDER BY id`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'connection.create',
      'connection.rotate',
      'connection.update',
      'connection.delete',
    ]);
    expect(rows[1]).toMatchObject({ before: { secrets: ['token'] }, after: { secrets: ['password', 'token'] } });
    expect(rows[2]).toMatchObject({ after: { secrets: ['password'] } });
    expect(JSON.stringify(rows)).not.toMatch(/the-token|another-token|pw-/);
  });

  it('to delete it is rejected while a cluster uses it, and names visible clusters', async () => {
    await store(ada, 'needed');
    const { body } = await app.send(ada, 'POST', '/clusters', cluster('needs', 'needed'));
    await app.send(admin, 'PUT', '/connections/needed', { shared: true });
    const theirs = await app.send(bob, 'POST', '/clusters', cluster('secretly', 'needed'));
    const refused = await app.send(ada, 'DELETE', '/connections/needed');
    expect(refused).toMatchObject({ status: 409, body: { code: 'connection_in_use' } });
    expect(refused.body['error']).toContain('is used by the clusters needs and 1 more;');
    for (const [token, id] of [
      [ada, body['id']],
      [bob, theirs.body['id']],
    ] as const)
      expect((await app.send(token, 'DELETE', `/clusters/${String(id)}`)).status).toBe(204);
    expect((await app.send(ada, 'DELETE', '/connections/needed')).status).toBe(204);
    expect((await app.send(ada, 'GET', '/connections/needed')).status).toBe(404);
  });
});

describe('a connection given as a text', () => {
  it('is parsed and stored in parts', async () => {
    const spec = { pasted: `${URL_THERE} ${TOKEN}` };
    const body = await store(ada, 'pasted', { spec, secrets: undefined });
    expect(body).toMatchObject({ spec: { url: URL_THERE, region: 'eu' }, secrets: ['token'] });
    expect(JSON.stringify(body)).not.toContain(TOKEN);
    const again = await app.send(ada, 'PUT', '/connections/pasted', {
      spec: { pasted: 'http://127.0.0.1:9000 x-token' },
    });
    expect(again).toMatchObject({ status: 200, body: { version: 2, spec: { url: 'http://127.0.0.1:9000' } } });
  });

  it('is rejected with additional fields, and when incomplete', async () => {
    const faultsOf = async (more: object) =>
      (await app.send(ada, 'POST', '/connections', connection('unpasted', more))).body.details?.map(
        ({ field }) => field,
      );
    const pasted = `${URL_THERE} ${TOKEN}`;
    expect(await faultsOf({ spec: { pasted, url: URL_THERE } })).toEqual(['spec.url', 'secrets.token']);
    expect(await faultsOf({ spec: { pasted: URL_THERE }, secrets: {} })).toEqual(['spec.pasted']);
    expect(await faultsOf({ spec: { pasted: 5 }, secrets: {} })).toEqual(['spec.pasted']);
  });
});

describe('the identity of the service itself', () => {
  it('is for admins only', async () => {
    const spec = { url: URL_THERE, ambient: true };
    const refused = await app.send(ada, 'POST', '/connections', connection('own', { spec }));
    expect(refused).toMatchObject({ status: 403, body: { code: 'admins_only' } });
    await store(ada, 'own');
    expect((await app.send(ada, 'PUT', '/connections/own', { spec })).status).toBe(403);
    await store(admin, 'ambient', { spec });
  });
});

describe('a test of a connection', () => {
  const test = async (token: string, name: string): Promise<Answer> =>
    app.send(token, 'POST', `/connections/${name}/test`);

  it('reports identity, version and each right that is missing', async () => {
    await store(ada, 'tested');
    session.check = async () => ({
      identity: `bot with ${TOKEN}`,
      version: '1.2',
      missing: [{ right: 'scale web', neededFor: 'acting' }],
    });
    expect(await test(ada, 'tested')).toEqual({
      status: 200,
      body: {
        reachable: true,
        error: null,
        tested: true,
        identity: 'bot with ********',
        version: '1.2',
        missing: [{ right: 'scale web', needed_for: 'acting' }],
      },
    });
    expect((await test(bob, 'tested')).status).toBe(404);
  });

  it('reports why it failed, without secrets, however often it failed before', async () => {
    session.check = async () => Promise.reject(new Error(`401 for ${TOKEN}`));
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect(await test(ada, 'tested')).toMatchObject({
        status: 200,
        body: { reachable: false, error: '401 for ********', missing: [] },
      });
    }
    const rows = await app.dataSource.query<{ outcome: string; after: object }[]>(
      `SELECT outcome, after FROM audit_log WHERE action = 'connection.test' ORDER BY id`,
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(['success', ...Array<string>(10).fill('failure')]);
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
  });

  it('of a provider without a test reports that it was opened', async () => {
    delete session.check;
    expect((await test(ada, 'tested')).body).toMatchObject({ reachable: true, tested: false, identity: null });
  });
});

describe('a stored secret', () => {
  it('is not stored in plain text', async () => {
    await store(ada, 'sealed', { secrets: { token: TOKEN, password: TOKEN } });
    const rows = await app.dataSource.query<{ name: string; value: Buffer; wrapped_key: Buffer }[]>(
      `SELECT s.name, s.value, s.wrapped_key FROM connection_secrets s JOIN connections c ON c.id = s.connection_id WHERE c.name = 'sealed'`,
    );
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['password', 'token']);
    for (const { value, wrapped_key: key } of rows) {
      expect(value.includes(TOKEN)).toBe(false);
      expect(key.length).toBe(60);
    }
    expect(rows[0]?.value).not.toEqual(rows[1]?.value);
  });
});
