import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
      status: 400,
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
