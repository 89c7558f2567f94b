import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ClusterRepository } from '../src/index.js';
import { RoutesApp } from './routes-app.js';

let app: RoutesApp;
let admin: string;
let ada: string;
let bob: string;
let viewer: string;

beforeAll(async () => {
  app = await RoutesApp.start();
  admin = await app.user('root', 'admin');
  ada = await app.user('ada', 'operator');
  bob = await app.user('bob', 'operator');
  viewer = await app.user('vic', 'viewer');
});
afterAll(async () => app.close());

function definition(name: string, more: object = {}): object {
  return { name, min_servers: 2, max_servers: 10, ...more };
}

async function create(token: string, name: string, more: object = {}): Promise<string> {
  const { status, body } = await app.send(token, 'POST', '/clusters', definition(name, more));
  expect(status).toBe(201);
  return body['id'] as string;
}

interface RequestBody {
  readonly content: { readonly 'application/json': { readonly examples: Record<string, { readonly value: object }> } };
}

describe('a cluster', () => {
  it('is created with all defaults filled in', async () => {
    const { body } = await app.send(ada, 'POST', '/clusters', definition('plain'));
    expect(body).toMatchObject({
      name: 'plain',
      min_servers: 2,
      max_servers: 10,
      status: 'active',
      hold: null,
      policy: { mode: 'act', slo: { violations: '1%', max_utilization: '90%', max_actions_per_day: null } },
      provider: { type: 'simulator', simulated: { servers: 2 } },
      config: {},
    });
    expect((await app.send(ada, 'GET', `/clusters/${String(body['id'])}`)).body).toEqual(body);
  });

  it('keeps schedule windows and forecast-only flags as written', async () => {
    const policy = {
      slo: { forecast_only: true },
      threshold: { cpu_high: 80 },
      schedule: {
        windows: [{ name: 'rush', cron: '30 7 * * 1-5', time_zone: 'Europe/Berlin', duration: '2h', min_servers: 5 }],
      },
    };
    const id = await create(ada, 'scheduled', { policy });
    const { body } = await app.send(ada, 'GET', `/clusters/${id}`);
    expect(body).toMatchObject({ policy: { ...policy, mode: 'act' } });
    const window = { ...policy.schedule.windows[0], min_servers: 9, max_servers: 3 };
    const refused = await app.send(ada, 'PUT', `/clusters/${id}`, { policy: { schedule: { windows: [window] } } });
    expect(refused).toMatchObject({ status: 400 });
    expect(JSON.stringify(refused.body)).toContain('must not exceed its max_servers (3)');
  });

  it('is rejected with all that is wrong: the class, the configured limit, and windows that do not fit', async () => {
    const fieldsOf = async (more: object): Promise<unknown[]> => {
      const { status, body } = await app.send(ada, 'POST', '/clusters', definition('wrong', more));
      expect(status).toBe(400);
      return (body['details'] as { readonly field: string }[]).map(({ field }) => field);
    };
    expect(await fieldsOf({ name: '', max_servers: 15_000, config: { interval: 'soon' } })).toEqual([
      'name',
      'name',
      'config.interval',
      'max_servers',
    ]);
    const windows = [{ name: 'night', cron: '0 0 * * *', duration: '1h', max_servers: 1 }];
    const policy = { slo: {}, schedule: { windows } };
    expect(await fieldsOf({ max_servers: 15_000, policy })).toEqual([
      'max_servers',
      'policy.schedule.windows.0.max_servers',
    ]);
    expect(await fieldsOf({ min_servers: 'many', max_servers: 'many' })).not.toContain('name');
    const provider = { type: 'http', url: 'nowhere', cluster: null };
    expect(await fieldsOf({ min_servers: 'many', provider })).toEqual(
      expect.arrayContaining(['min_servers', 'provider.url']),
    );
    expect(await fieldsOf({ min_servers: 'many', provider: { type: 'unheard of' } })).toContain('provider.type');
    expect(await fieldsOf({ min_servers: 'many', provider: { type: 'simulator' } })).not.toContain('provider.type');
    expect(await fieldsOf({ min_servers: 'many', provider: 'simulator' })).toContain('provider');
  });

  it('keeps fields that a change does not contain', async () => {
    const id = await create(ada, 'changing', {
      policy: { slo: { violations: '0.5%' } },
      config: { interval: '30s', warm_up: '2m' },
    });
    const { body } = await app.send(ada, 'PUT', `/clusters/${id}`, {
      max_servers: 20,
      status: 'paused',
      // `null` counts as absent.
      name: null,
      policy: null,
      provider: { type: 'simulator', url: null, simulated: null },
    });
    expect(body).toMatchObject({
      name: 'changing',
      max_servers: 20,
      status: 'paused',
      policy: { slo: { violations: '0.5%', max_utilization: '90%', max_actions_per_day: null } },
      config: { interval: '30s', warm_up: '2m' },
    });
  });

  it('has the cost of a server, which stays until it is changed or removed', async () => {
    const cost = { per_server_hour: 0.192, currency: 'USD' };
    const id = await create(ada, 'priced', { cost });
    const costOf = async () => (await app.send(ada, 'GET', `/clusters/${id}`)).body['cost'];
    expect(await costOf()).toEqual(cost);
    await app.send(ada, 'PUT', `/clusters/${id}`, { min_servers: 3, cost: null });
    expect(await costOf()).toEqual(cost);
    await app.send(ada, 'PUT', `/clusters/${id}`, { cost: { per_server_hour: 2, currency: 'EUR' } });
    expect(await costOf()).toEqual({ per_server_hour: 2, currency: 'EUR' });
    await app.send(ada, 'PUT', `/clusters/${id}`, { cost: {} });
    expect(await costOf()).toBeNull();
  });

  it.each([
    [{ per_server_hour: 0, currency: 'EUR' }, 'cost.per_server_hour'],
    [{ per_server_hour: -1, currency: 'EUR' }, 'cost.per_server_hour'],
    [{ per_server_hour: 1_000_001, currency: 'EUR' }, 'cost.per_server_hour'],
    [{ currency: 'EUR' }, 'cost.per_server_hour'],
    [{ per_server_hour: 1 }, 'cost.currency'],
    [{ per_server_hour: 1, currency: 'eur' }, 'cost.currency'],
    [{ per_server_hour: 1, currency: 'XYZ' }, 'cost.currency'],
  ])('rejects the cost %j', async (cost, field) => {
    const answer = await app.send(ada, 'POST', '/clusters', { ...definition('mispriced'), cost });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', details: [{ field }] } });
  });

  it('rejects a change based on an outdated `updated_at`', async () => {
    const id = await create(ada, 'contended');
    const { body: read } = await app.send(ada, 'GET', `/clusters/${id}`);
    const { updated_at } = read as { updated_at: string };
    const first = await app.send(ada, 'PUT', `/clusters/${id}`, { max_servers: 20, updated_at });
    expect(first.status).toBe(200);
    expect(await app.send(ada, 'PUT', `/clusters/${id}`, { min_servers: 5, updated_at })).toMatchObject({
      status: 409,
      body: { code: 'changed_meanwhile' },
    });
    const { updated_at: newest } = first.body as { updated_at: string };
    const again = await app.send(ada, 'PUT', `/clusters/${id}`, { min_servers: 5, updated_at: newest });
    expect(again).toMatchObject({ status: 200, body: { min_servers: 5, max_servers: 20 } });
    // Without `updated_at` the change is not checked.
    expect((await app.send(ada, 'PUT', `/clusters/${id}`, { min_servers: 3 })).status).toBe(200);
  });

  it('frees its name when it is deleted, and only then', async () => {
    const id = await create(ada, 'twice');
    expect(await app.send(ada, 'POST', '/clusters', definition('TWICE'))).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    });
    expect((await app.send(bob, 'POST', '/clusters', definition('twice'))).status).toBe(201);
    expect((await app.send(ada, 'DELETE', `/clusters/${id}`)).status).toBe(204);
    expect((await app.send(ada, 'GET', `/clusters/${id}`)).status).toBe(404);
    await create(ada, 'twice');
  });

  it('is audited: who changed what', async () => {
    const id = await create(ada, 'audited');
    await app.send(ada, 'PUT', `/clusters/${id}`, { min_servers: 3 });
    await app.send(ada, 'DELETE', `/clusters/${id}`);
    const rows = await app.dataSource.query<{ action: string; actor: string; was: number | null; is: number | null }[]>(
      `SELECT action, actor, (before->>'min_servers')::int AS was, (after->>'min_servers')::int AS is FROM audit_log WHERE target_id = $1 ORDER BY id`,
      [id],
    );
    expect(rows).toEqual([
      { action: 'cluster.create', actor: 'ada', was: null, is: 2 },
      { action: 'cluster.update', actor: 'ada', was: 2, is: 3 },
      { action: 'cluster.delete', actor: 'ada', was: 3, is: null },
    ]);
  });
});

const SIMULATOR = 'http://127.0.0.1:9000';
const OTHER = 'http://sim.example:9000';
/** `collector.allowed_urls` does not list it. */
const ELSEWHERE = 'http://elsewhere.example:9000';

describe('the servers of a cluster', () => {
  const at = (cluster_id: string, url?: string): object => ({
    provider: { type: 'simulator', cluster_id, ...(url === undefined ? {} : { url }) },
  });

  it('belong to one cluster, for any user and any spelling of the endpoint', async () => {
    const own = await create(ada, 'own');
    await create(ada, 'named', at('servers-1'));
    await create(ada, 'elsewhere', at('servers-1', OTHER));
    const taken = { status: 409, body: { code: 'target_taken' } };
    for (const more of [at(own), at('servers-1'), at('servers-1', SIMULATOR), at('servers-1', `${OTHER}/`)]) {
      expect(await app.send(bob, 'POST', '/clusters', definition('stolen', more))).toMatchObject(taken);
      const id = await create(bob, 'changed');
      expect(await app.send(bob, 'PUT', `/clusters/${id}`, more)).toMatchObject(taken);
      expect((await app.send(bob, 'GET', `/clusters/${id}`)).body).toMatchObject({ provider: { simulated: {} } });
      await app.send(bob, 'DELETE', `/clusters/${id}`);
    }
    // Its own target is no conflict.
    expect((await app.send(ada, 'PUT', `/clusters/${own}`, at(own))).status).toBe(200);
  });

  it('go to one of two concurrent requests', async () => {
    const asked = ['one', 'two', 'three'].map(async (name) =>
      app.send(ada, 'POST', '/clusters', definition(`race-${name}`, at('raced'))),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([201, 409, 409]);
  });

  it('are free again once their cluster is deleted', async () => {
    const id = await create(ada, 'first', at('freed'));
    await app.send(ada, 'DELETE', `/clusters/${id}`);
    await create(bob, 'second', at('freed'));
  });

  it('stay with the older of two clusters of earlier releases; the younger is in error until it is changed', async () => {
    const [{ id: owner }] = await app.dataSource.query<[{ id: string }]>(`SELECT id FROM users WHERE username = 'bob'`);
    const insert = async (name: string, provider: object, age: string): Promise<string> => {
      const [{ id }] = await app.dataSource.query<[{ id: string }]>(
        `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status, created_at)
         VALUES ($1, $2, 1, 3, '{"slo": {}}', $3, 'active', now() - $4::interval) RETURNING id`,
        [owner, name, JSON.stringify(provider), age],
      );
      return id;
    };
    const younger = await insert('younger', { type: 'simulator', cluster_id: 'both', url: SIMULATOR }, '1h');
    const older = await insert('older', { type: 'simulator', cluster_id: 'both' }, '2h');
    await app.app.get(ClusterRepository).listActive();
    expect((await app.send(bob, 'GET', `/clusters/${older}`)).body).toMatchObject({ status: 'active' });
    expect((await app.send(bob, 'GET', `/clusters/${younger}`)).body).toMatchObject({
      status: 'error',
      status_reason: expect.stringContaining('(127.0.0.1:9000/both)'),
    });
    const resume = async (more: object) => app.send(bob, 'PUT', `/clusters/${younger}`, { status: 'active', ...more });
    expect(await resume({})).toMatchObject({ status: 409, body: { code: 'target_taken' } });
    expect(await resume(at('mine'))).toMatchObject({ status: 200, body: { status: 'active', status_reason: null } });
  });
});

describe('a provider of two halves', () => {
  const simulator = (cluster_id: string, more: object = {}): object => ({ type: 'simulator', cluster_id, ...more });
  const halves = (metrics: object, target: object): object => ({ provider: { metrics, target } });

  it('is answered in the shape in which it was written', async () => {
    const both = halves(simulator('halved'), simulator('halved'));
    const id = await create(ada, 'halved', both);
    const shown = async () => (await app.send(ada, 'GET', `/clusters/${id}`)).body['provider'];
    expect({ provider: await shown() }).toEqual(both);
    const { body } = await app.send(ada, 'PUT', `/clusters/${id}`, { max_servers: 20 });
    expect(body).toMatchObject({ max_servers: 20, ...both });
    await app.send(ada, 'PUT', `/clusters/${id}`, { provider: simulator('halved') });
    expect(await shown()).toEqual(simulator('halved'));
    await app.send(ada, 'PUT', `/clusters/${id}`, both);
    expect({ provider: await shown() }).toEqual(both);
  });

  it('leads to the servers of its target, which are one cluster’s alone in either shape', async () => {
    await create(ada, 'in-one', { provider: simulator('shared-1') });
    await create(ada, 'in-two', halves(simulator('shared-2'), simulator('shared-2')));
    const taken = { status: 409, body: { code: 'target_taken' } };
    for (const more of [
      halves(simulator('shared-1'), simulator('shared-1', { url: SIMULATOR })),
      { provider: simulator('shared-2') },
    ]) {
      expect(await app.send(bob, 'POST', '/clusters', definition('stolen', more))).toMatchObject(taken);
    }
  });

  it.each<[string, object, string[]]>([
    ['without a target', { metrics: simulator('a') }, ['provider.target']],
    ['of an unknown type', { metrics: { type: 'abacus' }, target: simulator('a') }, ['provider.metrics.type']],
    [
      'with an unknown field',
      { metrics: simulator('a', { color: 'red' }), target: simulator('a') },
      ['provider.metrics.color'],
    ],
    [
      'with a foreign address',
      { metrics: simulator('a', { url: ELSEWHERE }), target: simulator('a', { url: ELSEWHERE }) },
      ['provider.metrics.url', 'provider.target.url'],
    ],
    ['that reads what another cluster has', { metrics: simulator('b'), target: simulator('a') }, ['provider.metrics']],
    ['in both shapes', { ...simulator('a'), target: simulator('a') }, ['provider.target']],
  ])('is refused %s, which the answer names', async (_what, provider, fields) => {
    const { status, body } = await app.send(ada, 'POST', '/clusters', definition('refused', { provider }));
    expect({ status, fields: body.details?.map(({ field }) => field) }).toEqual({ status: 400, fields });
  });
});

describe('the configuration of clients of the Go service', () => {
  const config = { collector_endpoint: 'http://localhost:9000/metrics', target_cpu: 70.0 };
  const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 70 }] } };

  it('is converted to a metric source and a CPU target', async () => {
    const { status, body } = await app.send(ada, 'POST', '/clusters', definition('of a client', { config }));
    expect({ status, body }).toMatchObject({ status: 201, body: { provider: { url: SIMULATOR }, policy, config: {} } });
    expect(body['policy']).not.toHaveProperty('slo');
    const path = `/clusters/${String(body['id'])}`;
    const moved = { collector_endpoint: `${OTHER}/metrics/`, target_cpu: 55, interval: '30s' };
    const change = { name: 'moved', min_servers: 3, max_servers: 8, status: 'paused', config: moved };
    expect(await app.send(ada, 'PUT', path, change)).toMatchObject({
      status: 200,
      body: {
        name: 'moved',
        min_servers: 3,
        max_servers: 8,
        status: 'paused',
        provider: { url: OTHER, simulated: { servers: 2 } },
        policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 55 }] } },
        config: { interval: '30s' },
      },
    });
  });

  it('does not override a policy of the same request', async () => {
    const more = { config: { target_cpu: 70 }, policy: { slo: { violations: '2%' } } };
    const { body } = await app.send(ada, 'POST', '/clusters', definition('with a policy', more));
    expect(body['policy']).toMatchObject({ slo: { violations: '2%' } });
    expect(body['policy']).not.toHaveProperty('target_tracking');
  });

  it.each([
    ['http://evil.example:9000/metrics', 'config.collector_endpoint', /collector\.allowed_urls/],
    [`${SIMULATOR}/other`, 'config.collector_endpoint', /the path \/metrics/],
    [`${SIMULATOR}/metrics?of=all`, 'config.collector_endpoint', /the path \/metrics/],
    ['ftp://127.0.0.1:9000/metrics', 'config.collector_endpoint', /URL/],
  ])('is rejected where it names %s', async (endpoint, field, error) => {
    for (const [method, path] of [
      ['POST', '/clusters'],
      ['PUT', `/clusters/${await create(ada, `refused by ${endpoint.length}`)}`],
    ] as const) {
      const body = definition('refused', { config: { collector_endpoint: endpoint } });
      expect(await app.send(ada, method, path, body)).toMatchObject({
        status: 400,
        body: { details: [{ field, error: expect.stringMatching(error) }] },
      });
    }
  });

  it('does not override the provider of the same request', async () => {
    const { collector_endpoint } = config;
    const more = { provider: { type: 'simulator', url: OTHER }, config: { collector_endpoint } };
    expect(await app.send(ada, 'POST', '/clusters', definition('torn', more))).toMatchObject({ status: 400 });
  });
});

describe('the examples of the API document', () => {
  it('are accepted as they are', async () => {
    const document = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    const id = await create(ada, 'exemplary');
    for (const [method, path] of [
      ['post', '/clusters'],
      ['put', '/clusters/{id}'],
    ] as const) {
      const body = document.paths[path]?.[method]?.requestBody as RequestBody;
      const examples = Object.entries(body.content['application/json'].examples);
      expect(examples.length).toBeGreaterThan(2);
      for (const [name, { value }] of examples) {
        const answer = await app.send(ada, method.toUpperCase(), path.replace('{id}', id), value);
        expect({ name, error: answer.body['error'] }).toEqual({ name, error: undefined });
      }
    }
  });
});

describe('invalid input', () => {
  const CPU = { metric: 'cpu', target: 60 };

  it.each([
    ['name', { name: undefined }],
    ['min_servers', { min_servers: undefined }],
    ['max_servers', { max_servers: null }],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'tab\tname' }],
    ['name', { name: '<b>bold</b>' }],
    ['name', { name: " '; DROP TABLE" }],
    ['name', { name: 'ends with ' }],
    ['min_servers', { min_servers: -1 }],
    ['min_servers', { min_servers: 2.5 }],
    ['min_servers', { min_servers: 11 }],
    ['max_servers', { max_servers: 5000 }],
    ['max_servers', { max_servers: 1e12 }],
    ['max_servers', { max_servers: '10' }],
    ['config.interval', { config: { interval: '5' } }],
    ['config.interval', { config: { interval: '1ms' } }],
    ['config.warm_up', { config: { warm_up: '2h' } }],
    ['provider.url', { provider: { type: 'simulator', url: 'http://169.254.169.254/latest' } }],
    ['provider.url', { provider: { type: 'simulator', url: 'file:///etc/passwd' } }],
    ['provider.url', { provider: { type: 'simulator', url: 'http://127.0.0.1:9000/clusters' } }],
    ['provider.url', { provider: { type: 'simulator', url: 'http://ada@127.0.0.1:9000' } }],
    ['provider.type', { provider: { type: 'aws' } }],
    ['provider.cluster_id', { provider: { type: 'simulator', cluster_id: '.' } }],
    ['provider.cluster_id', { provider: { type: 'simulator', cluster_id: '..' } }],
    ['policy', { policy: {} }],
    ['policy.slo.error_budget', { policy: { slo: { violations: '1%', error_budget: '14m' } } }],
    ['policy.slo.error_budget', { policy: { slo: { error_budget: '13h' } } }],
    ['policy.slo.error_budget', { policy: { slo: { window: '7d' } } }],
    ['policy.slo.violations', { policy: { slo: { violations: '80%' } } }],
    ['policy.slo.max_utilization', { policy: { slo: { max_utilization: 1e-12 } } }],
    ['policy.threshold.emergency', { policy: { threshold: { cpu_high: 80, emergency: 1.5 } } }],
    ['policy.threshold.emergency', { policy: { threshold: { emergency: 70 } } }],
    ['policy.threshold.cpu_low', { policy: { threshold: { cpu_low: 90 } } }],
    ['policy.target_tracking.metrics', { policy: { target_tracking: { metrics: [] } } }],
    ['policy.target_tracking.metrics', { policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 400 }] } } }],
    ['policy', { policy: [{ slo: {} }] }],
    ['policy.slo', { policy: { slo: [{ violations: '5%' }] } }],
    ['policy.schedule', { policy: { schedule: [] } }],
    ['policy.target_tracking.scale_up', { policy: { target_tracking: { metrics: [CPU], scale_up: [] } } }],
    ['policy.target_tracking.metrics', { policy: { target_tracking: { metrics: [[]] } } }],
    ['policy.schedule.windows', { policy: { schedule: { windows: [[]] } } }],
    ['provider', { provider: [] }],
    ['config', { config: [{ interval: '5s' }] }],
    ['policy.thresholds', { policy: { thresholds: {} } }],
    ['min_server', { min_server: 1 }],
  ])('in %s is reported by field name: %j', async (field, change) => {
    const { status, body } = await app.send(ada, 'POST', '/clusters', { ...definition('bad'), ...change });
    expect(status).toBe(400);
    expect(body.details?.map((detail) => detail.field)).toContain(field);
  });
});

describe('access', () => {
  it('is denied to other users on every route of a cluster', async () => {
    const id = await create(ada, 'mine');
    const routes = [
      ['GET', `/clusters/${id}`],
      ['PUT', `/clusters/${id}`],
      ['DELETE', `/clusters/${id}`],
    ] as const;
    for (const [method, path] of routes) {
      const body = method === 'PUT' ? {} : undefined;
      expect(await app.send(bob, method, path, body)).toMatchObject({
        status: 404,
        body: { code: 'cluster_not_found' },
      });
    }
    expect((await app.send(admin, 'GET', `/clusters/${id}`)).status).toBe(200);
    const names = async (token: string): Promise<unknown[]> =>
      ((await app.send(token, 'GET', '/clusters')).body['clusters'] as { name: string }[]).map(({ name }) => name);
    expect(await names(ada)).toContain('mine');
    expect(await names(bob)).not.toContain('mine');
    expect(await names(admin)).toContain('mine');
  });

  it('lets viewers read and not change', async () => {
    expect(await app.send(viewer, 'POST', '/clusters', definition('v'))).toMatchObject({
      status: 403,
      body: { code: 'role_not_allowed' },
    });
    const all = (await app.send(admin, 'GET', '/clusters')).body;
    expect((await app.send(viewer, 'GET', '/clusters')).body).toEqual(all);
  });

  it('pages through a list without losing or repeating any', async () => {
    const eve = await app.user('eve', 'operator');
    for (let index = 0; index < 5; index += 1) await create(eve, `page-${index}`);
    const page = async (cursor = ''): Promise<string[]> => {
      const { body } = await app.send(eve, 'GET', `/clusters?limit=2&search=PAGE${cursor}`);
      const names = (body['clusters'] as { name: string }[]).map(({ name }) => name);
      const next = body['next_cursor'];
      return typeof next === 'string' ? [...names, ...(await page(`&cursor=${next}`))] : names;
    };
    expect(await page()).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
  });
});
