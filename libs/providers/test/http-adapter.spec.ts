import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PooledHttp } from '../src/http/pooled-http.js';
import { httpAdapterProvider } from '../src/http_adapter/http-adapter.provider.js';
import { type ProviderFault, readSpec } from '../src/registry/read-provider.js';
import { conformanceCases, type Harness } from '../src/sdk/conformance/index.js';
import { type ProviderCluster, type ProviderContext, ProviderError, type Session } from '../src/sdk/index.js';
import { contextOf } from './provider-context.js';

const EXAMPLE = 'examples/http-adapter/server.js';
const KEY = 'a key of tests';
const { signal } = new AbortController();

interface ExampleCluster {
  desired: number;
  limit: number;
  servers: { readonly id: string; readonly state: string; readonly cpu: number | null }[];
}
type CreateAdapter = (key: string, clusters: ReadonlyMap<string, ExampleCluster>) => Server;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => stop(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function open(url: string, change: Partial<ProviderContext> = {}): Promise<Session> {
  const { context, close } = contextOf({ hmac_key: KEY });
  ends.unshift(close);
  return httpAdapterProvider.open({ url }, { ...context, ...change });
}

function clusterOf(id: string, change: Partial<ProviderCluster> = {}): ProviderCluster {
  return { id, target: {}, metrics: {}, fence: null, ...change };
}

function exampleCluster(): ExampleCluster {
  return { desired: 2, limit: 20, servers: ['a', 'b'].map((id) => ({ id, state: 'ACTIVE', cpu: 40 })) };
}

async function startExample(): Promise<{ url: string; cluster: ExampleCluster; server: Server }> {
  const { createAdapter } = (await import(`../../../${EXAMPLE}`)) as { createAdapter: CreateAdapter };
  const cluster = exampleCluster();
  const server = createAdapter(KEY, new Map([['web/1', cluster]]));
  return { url: await listen(server), cluster, server };
}

describe('the example of an adapter', () => {
  it('is what docs/providers.md shows', async () => {
    const [shown, code] = [await readFile('docs/providers.md', 'utf8'), await readFile(EXAMPLE, 'utf8')];
    expect(shown).toContain(`\`\`\`js\n${code}\`\`\``);
  });

  async function start(): Promise<Harness> {
    const { url, cluster, server } = await startExample();
    return {
      session: await open(url),
      cluster: clusterOf('web/1'),
      unknown: clusterOf('unknown'),
      now: () => Date.now(),
      settle: async () => {
        cluster.servers = cluster.servers.map((one) => ({ ...one, state: 'ACTIVE', cpu: 40 }));
      },
      async trouble(kind) {
        if (kind === 'unreachable') await stop(server);
        else if (kind === 'hang') server.removeAllListeners('request').on('request', () => undefined);
        else cluster.limit = kind === 'refuse' ? 2 : 3;
      },
      close: async () => {
        for (const end of ends.splice(0)) await end();
      },
    };
  }

  const { target } = httpAdapterProvider;
  const fencing = {
    ...httpAdapterProvider,
    target: { ...target!, capabilities: { ...target!.capabilities, fencing: true } },
  };
  for (const { name, run } of conformanceCases(fencing, start)) it(name, run);

  it('refuses requests that are not signed, too old, or changed on the way', async () => {
    const { url, cluster } = await startExample();
    const change = async (context: Partial<ProviderContext>): Promise<unknown> =>
      (await open(url, context)).setDesired!(clusterOf('web/1'), 4, { signal }).then(
        () => 'accepted',
        (error: unknown) => (error as ProviderError).code,
      );
    const rewriting = (rewrite: (headers: Record<string, string>) => void): Partial<ProviderContext> => ({
      httpWith: (options) => {
        const http = new PooledHttp(1, options);
        ends.unshift(async () => http.close());
        return {
          request: async (to, request) => {
            const headers = { ...request.headers };
            rewrite(headers);
            return http.request(to, { ...request, headers });
          },
        };
      },
    });
    const clock = (by: number) => ({ clock: { now: () => Date.now() + by } });
    expect(await change({ secret: async () => 'another key' })).toBe('unauthorized');
    expect(await change(clock(-310_000))).toBe('unauthorized');
    expect(await change(clock(310_000))).toBe('unauthorized');
    expect(await change(rewriting((headers) => (headers['x-fencing-token'] = '99')))).toBe('unauthorized');
    expect(await change(rewriting((headers) => (headers['idempotency-key'] = 'other')))).toBe('unauthorized');
    expect(await change(rewriting((headers) => delete headers['x-autoscaler-signature']))).toBe('unauthorized');
    expect(cluster.desired).toBe(2);
    expect(await change(clock(-290_000))).toBe('accepted');
    expect(cluster.desired).toBe(4);
  });

  it('does nothing a second time for a request that is replayed', async () => {
    const { url, cluster } = await startExample();
    const sent: { to: string; request: Parameters<PooledHttp['request']>[1] }[] = [];
    const http = new PooledHttp(1);
    ends.unshift(async () => http.close());
    const session = await open(url, {
      httpWith: () => ({
        request: async (to, request) => {
          sent.push({ to, request });
          return http.request(to, request);
        },
      }),
    });
    await session.setDesired!(clusterOf('web/1'), 1, { signal });
    await session.setDesired!(clusterOf('web/1'), 5, { signal });
    const [{ to, request }] = sent as [(typeof sent)[0]];
    expect(await http.request(to, request)).toMatchObject({ status: 200 });
    expect(cluster.desired).toBe(5);
  });
});

describe('the session of an adapter', () => {
  interface Seen {
    readonly method: string;
    readonly url: string;
    readonly key: string | undefined;
    readonly fence: string | undefined;
    readonly body: string;
  }

  const STATE = { servers: [], desired: 0 };

  /** An adapter whose answers the test gives. */
  async function stub(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ url: string; seen: Seen[] }> {
    const seen: Seen[] = [];
    const url = await listen(
      createServer((request, response) => {
        void text(request).then((body) => {
          const { method = '', headers } = request;
          const [key, fence] = ['idempotency-key', 'x-fencing-token'].map(
            (name) => headers[name] as string | undefined,
          );
          seen.push({ method, url: request.url ?? '', key, fence, body });
          answer(request, response);
        });
      }),
    );
    return { url, seen };
  }

  const say = (status: number, body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));

  it('asks below the path of its URL, for both halves or the one that it has', async () => {
    const { url, seen } = await stub((request, response) =>
      say(200, request.url?.endsWith('/metrics') === true ? { samples: [] } : STATE)(request, response),
    );
    const session = await open(`${url}/below`);
    await session.read([clusterOf('a/b', { fence: 7 })], { signal });
    await session.read([clusterOf('a', { target: { cluster_id: 'theirs' }, metrics: null })], { signal });
    await session.read([clusterOf('a', { target: null })], { signal });
    await session.setDesired!(clusterOf('a', { fence: 8 }), 3, { signal });
    expect(seen.map(({ method, url: path, fence, body }) => [method, path, fence, body])).toEqual([
      ['GET', '/below/clusters/a%2Fb', '7', ''],
      ['GET', '/below/clusters/a%2Fb/metrics', '7', ''],
      ['GET', '/below/clusters/theirs', undefined, ''],
      ['GET', '/below/clusters/a/metrics', undefined, ''],
      ['PUT', '/below/clusters/a/desired', '8', '{"desired":3}'],
    ]);
  });

  it('repeats the key of a change that got no answer, and has a new one for each that did', async () => {
    let isAway = true;
    const { url, seen } = await stub((request, response) => say(isAway ? 503 : 200, STATE)(request, response));
    const session = await open(url);
    const ask = async (count: number): Promise<unknown> =>
      session.setDesired!(clusterOf('a'), count, { signal }).catch(() => undefined);
    await ask(3);
    await ask(3);
    await ask(4);
    await ask(3);
    isAway = false;
    await ask(3);
    await ask(3);
    const keys = seen.map(({ key }) => key);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[4]).toBe(keys[3]);
    expect(new Set(keys).size).toBe(4);
  });

  it('takes over what an adapter may state', async () => {
    const [at, from] = ['2026-01-05T12:00:00Z', '2026-01-05T11:59:00Z'];
    const { url } = await stub((request, response) =>
      say(
        200,
        request.url?.endsWith('/metrics') === true
          ? {
              at,
              samples: [{ server_id: 'a', cpu: 180, memory: null, request_rate: 'many' }, null],
              totals: { from, to: at, requests: 600, bad: -1, demand: 12, capacity: 4 },
              max_cpu: 400,
            }
          : {
              desired: 1,
              servers: [{ id: 'a', state: 'ACTIVE', active_at: from }],
              blocked: { by: 'deployment 7', reason: 'it replaces the servers' },
            },
      )(request, response),
    );
    const reading = (await (await open(url)).read([clusterOf('a')], { signal })).get('a');
    expect(reading).toEqual({
      at: Date.parse(at),
      desired: 1,
      servers: [{ id: 'a', state: 'ACTIVE', activeAt: Date.parse(from) }],
      blocked: { by: 'deployment 7', reason: 'it replaces the servers' },
      samples: [
        { serverId: 'a', at: Date.parse(at), cpu: 180, memory: null, requestRate: Number.NaN },
        { serverId: undefined, at: Date.parse(at), cpu: null, memory: null, requestRate: null },
      ],
      totals: { from: Date.parse(from), to: Date.parse(at), requests: 600, bad: null, demand: 12, capacity: 4 },
      maxCpuPercent: 400,
    });
  });

  it('keeps servers whose metrics fail, and the other way round', async () => {
    let broken = 'metrics';
    const { url } = await stub((request, response) => {
      const part = request.url?.endsWith('/metrics') === true ? 'metrics' : 'state';
      if (part === broken) say(500, {})(request, response);
      else say(200, part === 'state' ? STATE : { samples: [] })(request, response);
    });
    const session = await open(url);
    const read = async (): Promise<unknown> => (await session.read([clusterOf('a')], { signal })).get('a');
    expect(await read()).toMatchObject({ servers: [], desired: 0, samples: { code: 'unreachable' } });
    broken = 'state';
    expect(await read()).toMatchObject({ servers: { code: 'unreachable' }, samples: [] });
  });

  it.each([
    [429, {}, 'throttled'],
    [500, {}, 'unreachable'],
    [503, 'a proxy', 'unreachable'],
    [404, {}, 'not_found'],
    [401, {}, 'unauthorized'],
    [403, {}, 'unauthorized'],
    [409, {}, 'conflict'],
    [409, { code: 'fenced' }, 'fenced'],
    [409, { code: 'no_capacity' }, 'no_capacity'],
    [422, { code: 'unreachable' }, 'refused'],
    [302, {}, 'refused'],
    [200, 'no JSON', 'invalid'],
    [200, '[]', 'invalid'],
    [200, { servers: [] }, 'invalid'],
    [200, { servers: [], desired: '3' }, 'invalid'],
    [200, { desired: 3 }, 'invalid'],
  ])('takes %i %j for %s', async (status, body, code) => {
    const { url } = await stub(say(status, body));
    const session = await open(url);
    await expect(session.setDesired!(clusterOf('a'), 3, { signal })).rejects.toMatchObject({ code });
    const reading = (await session.read([clusterOf('a', { metrics: null })], { signal })).get('a');
    expect(reading).toMatchObject({ code });
  });

  it('tests a connection: who answers, and whether it accepts the key', async () => {
    const report = async (status: number, body: unknown): Promise<unknown> =>
      (await open((await stub(say(status, body))).url)).check!({ signal });
    const known = { identity: 'mine', version: '1.2', missing: [] };
    expect(await report(200, { name: 'mine', version: '1.2' })).toEqual(known);
    // Any web server may answer so.
    await expect(report(404, {})).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('an adapter answers it'),
    });
    await expect(report(401, { error: 'wrong signature' })).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'HTTP 401, wrong signature',
    });
  });

  it('does not open without its key', async () => {
    const { context, close } = contextOf({});
    ends.push(close);
    await expect(httpAdapterProvider.open({ url: 'http://127.0.0.1:9' }, context)).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });
});

describe('the connection of an adapter', () => {
  const { spec } = httpAdapterProvider.connection;

  it('has a base URL without a slash at its end', () => {
    expect(readSpec(spec, { url: 'https://adapter.example/below/' }, [])).toEqual({
      url: 'https://adapter.example/below',
    });
  });

  it.each([
    [{ url: 'ftp://adapter.example' }, 'spec.url', 'url must be an http or https URL'],
    [
      { url: 'https://ada:secret@adapter.example' },
      'spec.url',
      'url must have no user name, password, query or fragment',
    ],
    [{ url: 'https://adapter.example/?a=b' }, 'spec.url', 'url must have no user name, password, query or fragment'],
    [{ url: 'https://adapter.example', ca: 'trust me' }, 'spec.ca', 'ca must be certificates in PEM'],
    [{ url: 'https://adapter.example', server_name: 'a b' }, 'spec.server_name', 'server_name must be a host name'],
  ])('is refused by field: %j', (fields, field, error) => {
    const faults: ProviderFault[] = [];
    readSpec(spec, fields, faults);
    expect(faults).toEqual([{ field, error }]);
  });
});
