import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type FoundWorkload, ProviderError } from '#providers';
import { InProcessSession } from '../../providers/test/in-process.provider.js';
import { secretProvider } from '../../providers/test/secret.provider.js';
import { RoutesApp } from './routes-app.js';

const URL_THERE = 'http://sim.example:9000';
const TOKEN = 'the-token-of-this-test-0123456789';

let app: RoutesApp;
let session: InProcessSession;
let admin: string;
let ada: string;
let bob: string;
let viewer: string;
/** What stands there. */
let found: FoundWorkload[];
const asked: (readonly string[])[] = [];

function workload(name: string, more: Partial<FoundWorkload> = {}): FoundWorkload {
  return {
    target: { cluster_id: name },
    namespace: 'shop',
    kind: 'Deployment',
    name,
    desired: 3,
    ready: 2,
    requests: { cpuMillis: 500, memoryMiB: null },
    scaledBy: null,
    unknown: null,
    refused: null,
    ...more,
  };
}

const HPA = {
  by: 'HorizontalPodAutoscaler web',
  others: [],
  min: 2,
  max: 9,
  desired: 3,
  current: 3,
  cpuTarget: 60,
  metrics: [],
  conditions: [{ type: 'AbleToScale', isTrue: true, reason: 'Ready', message: 'it can' }],
};

beforeAll(async () => {
  const provider = secretProvider(() => session);
  app = await RoutesApp.with({ providers: [provider] });
  session = new InProcessSession(app.clock);
  admin = await app.user('root', 'admin');
  ada = await app.user('ada', 'operator');
  bob = await app.user('bob', 'operator');
  viewer = await app.user('vic', 'viewer');
  for (const [token, name] of [
    [ada, 'adas'],
    [admin, 'shared'],
  ] as const) {
    const connection = { name, type: 'guarded_api', spec: { url: URL_THERE }, secrets: { token: TOKEN } };
    expect(await app.send(token, 'POST', '/connections', connection)).toMatchObject({ status: 201 });
  }
  await app.send(admin, 'PUT', '/connections/shared', { shared: true });
});
afterAll(async () => app.close());

beforeEach(() => {
  found = [workload('web', { scaledBy: HPA }), workload('db')];
  session.workloads = async ({ namespaces }) => {
    asked.push(namespaces);
    return { workloads: found, missing: ['list fleets.example.test in all namespaces'], isCut: false };
  };
});

describe('the workloads of a connection', () => {
  it('are listed with what scales them today', async () => {
    const { status, body } = await app.send(ada, 'GET', '/connections/adas/workloads?namespace=shop,%20web');
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        workloads: [
          {
            namespace: 'shop',
            kind: 'Deployment',
            name: 'web',
            target: { cluster_id: 'web' },
            desired: 3,
            ready: 2,
            requests: { cpu_millis: 500, memory_mib: null },
            scaled_by: {
              by: 'HorizontalPodAutoscaler web',
              others: [],
              min_servers: 2,
              max_servers: 9,
              desired: 3,
              current: 3,
              cpu_target: 60,
              metrics: [],
              conditions: [
                {
                  type: 'AbleToScale',
                  is_true: true,
                  reason: 'Ready',
                  message: 'it can',
                },
              ],
            },
            cluster: null,
            refused: null,
          },
          expect.objectContaining({ name: 'db', scaled_by: null }),
        ],
        count: 2,
        truncated: false,
        missing: ['list fleets.example.test in all namespaces'],
      },
    });
    expect(asked.at(-1)).toEqual(['shop', 'web']);
  });

  it('name the cluster that scales them already to those who may read it', async () => {
    const provider = { type: 'guarded', connection: 'shared', cluster_id: 'db' };
    const created = await app.send(bob, 'POST', '/clusters', {
      name: 'bobs db',
      min_servers: 1,
      max_servers: 5,
      provider,
    });
    const cluster = { id: created.body['id'], name: 'bobs db' };
    const seen = async (token: string): Promise<unknown> => {
      const { body } = await app.send(token, 'GET', '/connections/shared/workloads');
      return (body['workloads'] as { cluster: unknown }[]).map((one) => one.cluster);
    };
    expect(await seen(bob)).toEqual([null, cluster]);
    expect(await seen(admin)).toEqual([null, cluster]);
    expect(await seen(ada)).toEqual([null, null]);
    await app.send(bob, 'DELETE', `/clusters/${String(cluster.id)}`);
    expect(await seen(bob)).toEqual([null, null]);
  });

  it('are listed for operators and admins who may use the connection', async () => {
    const statusOf = async (token: string, name: string): Promise<number> =>
      (await app.send(token, 'GET', `/connections/${name}/workloads`)).status;
    expect(await Promise.all([admin, ada, bob, viewer].map(async (token) => statusOf(token, 'adas')))).toEqual([
      200, 200, 404, 403,
    ]);
    expect(await Promise.all([admin, ada, bob, viewer].map(async (token) => statusOf(token, 'shared')))).toEqual([
      200, 200, 200, 403,
    ]);
    // A scope of all is for reading what this service stores, not for using the credentials of others.
    const wide = await app.user('otto', 'operator');
    await app.dataSource.query(`UPDATE users SET scope = 'all' WHERE username = 'otto'`);
    expect((await app.send(wide, 'GET', '/connections/adas')).status).toBe(200);
    expect(await statusOf(wide, 'adas')).toBe(404);
  });

  it.each([
    ['no namespace', 'namespace=../pods'],
    ['more namespaces than 20', `namespace=${Array.from({ length: 21 }, (_, index) => `n${index}`).join(',')}`],
    ['another field', 'kind=Deployment'],
  ])('are not listed for %s', async (_name, query) => {
    const before = asked.length;
    const { status, body } = await app.send(ada, 'GET', `/connections/adas/workloads?${query}`);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'validation_failed' });
    expect(asked).toHaveLength(before);
  });

  it('are an error that says why where they cannot be listed, without a secret', async () => {
    session.workloads = async () => {
      throw new ProviderError('unreachable', `refused with ${TOKEN}`);
    };
    expect(await app.send(ada, 'GET', '/connections/adas/workloads')).toMatchObject({
      status: 503,
      body: { code: 'workloads_unknown', error: 'cannot list the workloads of adas: refused with ********' },
    });
    delete session.workloads;
    expect(await app.send(ada, 'GET', '/connections/adas/workloads')).toMatchObject({
      status: 409,
      body: { code: 'no_workloads' },
    });
  });

  it('are no more than were asked for, and in single lines', async () => {
    session.workloads = async () => ({
      workloads: Array.from({ length: 5001 }, (_, index) => workload(`a\n${index}`, { desired: -1 })),
      missing: [],
      isCut: false,
    });
    const { body } = await app.send(ada, 'GET', '/connections/adas/workloads');
    expect(body).toMatchObject({ count: 5000, truncated: true });
    expect((body['workloads'] as object[])[0]).toMatchObject({ name: 'a 0', desired: null });
  });
});

describe('an import of workloads', () => {
  interface ImportedItem {
    readonly workload: { readonly name: string };
    readonly cluster: ({ readonly id: string } & Record<string, unknown>) | null;
    readonly definition: Record<string, unknown> | null;
    readonly skipped: string | null;
    readonly notes: readonly string[];
  }
  const chosen = (name: string, more: object = {}): object => ({
    namespace: 'shop',
    kind: 'deployment',
    name,
    ...more,
  });
  const send = async (token: string, name: string, body: object) =>
    app.send(token, 'POST', `/connections/${name}/import`, body);
  const importing = async (
    token: string,
    workloads: readonly object[],
    more = {},
  ): Promise<readonly ImportedItem[]> => {
    const { status, body } = await send(token, 'shared', { workloads, ...more });
    expect({ status, count: body['count'] }).toEqual({ status: 200, count: workloads.length });
    return body['clusters'] as ImportedItem[];
  };
  const countOf = async (token: string): Promise<unknown> =>
    (await app.send(token, 'GET', '/clusters?limit=1000')).body['count'];
  afterEach(async () => {
    for (const token of [ada, bob]) {
      const { body } = await app.send(token, 'GET', '/clusters');
      for (const { id } of body['clusters'] as { id: string }[]) await app.send(token, 'DELETE', `/clusters/${id}`);
    }
  });

  it('makes clusters that recommend, with bounds and target of the HPA, and says what it assumed', async () => {
    const [web, db] = await importing(ada, [chosen('web'), chosen('db')]);
    const provider = { type: 'guarded', connection: 'shared', cluster_id: 'web' };
    const definition = {
      name: 'shop/web',
      min_servers: 2,
      max_servers: 9,
      policy: { mode: 'recommend', target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } },
      provider,
    };
    expect(web).toMatchObject({
      workload: { namespace: 'shop', kind: 'Deployment', name: 'web' },
      definition,
      skipped: null,
      notes: [],
    });
    expect((await app.send(ada, 'GET', `/clusters/${web!.cluster!.id}`)).body).toMatchObject(definition);
    expect(db).toMatchObject({
      cluster: { name: 'shop/db', min_servers: 1, max_servers: 10, policy: { mode: 'recommend', slo: {} } },
      notes: ['No autoscaler states bounds: 1 to 10 servers are assumed. Check them before it acts.'],
    });
    const { body } = await app.send(admin, 'GET', '/audit?action=connection.import');
    expect(body).toMatchObject({
      entries: [{ actor: 'ada', after: { name: 'shared', created: [web!.cluster!.id, db!.cluster!.id], skipped: 0 } }],
    });
  });

  it('skips what is registered already, by whom the caller may see', async () => {
    const [first] = await importing(ada, [chosen('web')]);
    expect(first!.skipped).toBeNull();
    const [again, twice, db] = await importing(ada, [chosen('web'), chosen('db'), chosen('db')]);
    expect([again, db].map((one) => [one!.cluster, one!.definition, one!.skipped])).toEqual([
      [null, null, 'It is registered already, as the cluster "shop/web".'],
      [null, null, 'The request names it twice.'],
    ]);
    expect(twice!.skipped).toBeNull();
    const [foreign] = await importing(bob, [chosen('web')]);
    expect(foreign!.skipped).toBe('It is registered already, by another user.');
    expect([await countOf(ada), await countOf(bob)]).toEqual([2, 0]);
  });

  it('creates nothing in a dry run, and says the same', async () => {
    const before = await app.dataSource.query('SELECT count(*) FROM audit_log');
    found.push(workload('huge', { scaledBy: { ...HPA, max: 5000 } }));
    const names = ['web', 'db', 'huge'];
    const dry = await importing(
      ada,
      names.map((name) => chosen(name)),
      { dry_run: true },
    );
    expect(dry.map(({ cluster }) => cluster)).toEqual([null, null, null]);
    expect(dry[2]).toMatchObject({ definition: null, skipped: expect.stringContaining('scaler.max_servers allows') });
    expect(await countOf(ada)).toBe(0);
    expect(await app.dataSource.query('SELECT count(*) FROM audit_log')).toEqual(before);
    const real = await importing(
      ada,
      names.map((name) => chosen(name)),
    );
    expect(real.map(({ cluster: _cluster, ...rest }) => rest)).toEqual(
      dry.map(({ cluster: _cluster, ...rest }) => rest),
    );
  });

  it('takes the next free name', async () => {
    const cluster = { name: 'Shop/Web', min_servers: 1, max_servers: 5 };
    const provider = { type: 'guarded', connection: 'shared', cluster_id: 'other' };
    await app.send(ada, 'POST', '/clusters', { ...cluster, provider });
    found.push(workload('web', { kind: 'StatefulSet', target: { cluster_id: 'web-set' } }));
    const imported = await importing(ada, [chosen('web'), chosen('web', { kind: 'StatefulSet' })]);
    expect(imported.map(({ definition }) => definition!['name'])).toEqual(['shop/web-2', 'shop/web-3']);
  });

  it('skips what the service does not scale, does not know, or cannot tell apart', async () => {
    found = [
      workload('own', { refused: 'This service runs in its pods.' }),
      workload('dark', { unknown: 'the right is missing to list hpas in namespace shop' }),
      workload('two', { target: { cluster_id: 'two', group: 'apps' } }),
      workload('two', { target: { cluster_id: 'other', group: 'example.test' } }),
    ];
    session.workloads = async () => ({ workloads: found, missing: ['list fleets in namespace shop'], isCut: false });
    const skipped = await importing(
      ada,
      ['own', 'dark', 'two', 'gone'].map((name) => chosen(name)),
    );
    expect(skipped.map((one) => one.skipped)).toEqual([
      'This service runs in its pods.',
      'It is not known whether an autoscaler scales it: the right is missing to list hpas in namespace shop.',
      'The groups apps, example.test have a kind deployment: name one in "group".',
      'There is no deployment gone in the namespace shop that can be scaled, or a right is missing: list fleets in namespace shop.',
    ]);
    expect(await countOf(ada)).toBe(0);
  });

  it('is for operators and admins whose clusters may name the connection', async () => {
    const body = { workloads: [chosen('web')], dry_run: true };
    const statusOf = async (token: string, name: string): Promise<number> => (await send(token, name, body)).status;
    const all = [admin, ada, bob, viewer];
    expect(await Promise.all(all.map(async (token) => statusOf(token, 'adas')))).toEqual([403, 200, 404, 403]);
    expect(await Promise.all(all.map(async (token) => statusOf(token, 'shared')))).toEqual([200, 200, 200, 403]);
    expect(await send(admin, 'adas', body)).toMatchObject({ body: { code: 'connection_not_shared' } });
  });

  it.each([
    ['no workload', { workloads: [] }],
    ['more than 200', { workloads: Array.from({ length: 201 }, (_, index) => chosen(`w${index}`)) }],
    ['a namespace that is a path', { workloads: [chosen('web', { namespace: '../x' })] }],
    ['a kind that is a path', { workloads: [chosen('web', { kind: '../x' })] }],
    ['an unknown field', { workloads: [chosen('web', { replicas: 3 })] }],
    ['a workload that is none', { workloads: ['shop/web'] }],
  ])('is refused with %s', async (_name, body) => {
    const before = asked.length;
    expect(await send(ada, 'adas', body)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(asked).toHaveLength(before);
  });
});
