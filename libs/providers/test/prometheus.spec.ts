import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ManualClock } from '#config/testing';
import type { PrometheusMetrics } from '../src/prometheus/prometheus.fields.js';
import { prometheusProvider } from '../src/prometheus/prometheus.provider.js';
import { readSpec } from '../src/registry/read-provider.js';
import { type ProviderCluster, ProviderError, type Reading, type Session } from '../src/sdk/index.js';
import { contextOf } from './provider-context.js';

type Metrics = PrometheusMetrics;
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  readonly headers: IncomingMessage['headers'];
  readonly parameters: URLSearchParams;
}

const AT = Date.UTC(2026, 0, 5, 12) / 1000;
const { signal } = new AbortController();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** One series of a vector. */
function series(metric: object, value: string): object {
  return { metric, value: [AT, value] };
}

function vector(...result: object[]): object {
  return { status: 'success', data: { resultType: 'vector', result } };
}

/** Answers of a stub by query; a number is a status, anything else the body of a 200. */
type Answer = number | object | string;

async function stub(answerOf: (query: string) => Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub');
    const body = new URLSearchParams(await text(request));
    const query = searchParams.get('query') ?? body.get('query');
    asked.push({
      method: request.method ?? '',
      path: pathname,
      query,
      headers: request.headers,
      parameters: searchParams,
    });
    const given = answerOf(query ?? pathname);
    const status = typeof given === 'number' ? given : 200;
    const error = { status: 'error', errorType: 'execution', error: `because of ${status}` };
    const sent = typeof given === 'number' ? error : given;
    response.writeHead(status).end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function open(spec: object, secrets: Readonly<Record<string, string>> = {}): Promise<Session<unknown, Metrics>> {
  const { context, close } = contextOf(secrets, new ManualClock(AT * 1000 + 5000));
  ends.unshift(close);
  const connection = readSpec(prometheusProvider.connection.spec, spec as never, []);
  return prometheusProvider.open(connection as never, context);
}

function clusterOf(id: string, metrics: Metrics): ProviderCluster<unknown, Metrics> {
  return { id, target: null, metrics, fence: null };
}

async function read(session: Session<unknown, Metrics>, metrics: Metrics): Promise<Reading | ProviderError> {
  return (await session.read([clusterOf('web', metrics)], { signal })).get('web')!;
}

/** What a stub's answers make of the metrics of a cluster. */
async function readingOf(
  answers: Readonly<Record<string, Answer>>,
  more: Metrics = {},
): Promise<Reading | ProviderError> {
  const { url } = await stub((query) => answers[query]!);
  const queries = Object.fromEntries(Object.keys(answers).map((name) => [name, name]));
  return read(await open({ url }), { server_label: 'pod', queries, ...more });
}

describe('the source prometheus', () => {
  it('makes samples of queries for each server, and totals of those for the cluster', async () => {
    const reading = await readingOf(
      {
        cpu: vector(series({ pod: 'a' }, '62.5'), series({ pod: 'b', zone: '1' }, '170')),
        memory: vector(series({ pod: 'a' }, '40')),
        request_rate: vector(series({ pod: 'b' }, '12')),
        requests: { status: 'success', data: { resultType: 'scalar', result: [AT, '20'] } },
        bad: vector(series({}, '0.5')),
        demand: vector(series({ queue: 'mail' }, '42')),
      },
      { capacity: 10, max_cpu: 800 },
    );
    const at = AT * 1000;
    expect(reading).toEqual({
      at,
      samples: [
        { serverId: 'a', at, cpu: 62.5, memory: 40, requestRate: null },
        { serverId: 'b', at, cpu: 170, memory: null, requestRate: 12 },
      ],
      totals: { from: at - 1000, to: at, requests: 20, bad: 0.5, demand: 42, capacity: 10 },
      maxCpuPercent: 800,
      incomplete: null,
      late: null,
    });
  });

  it.each([
    ['rate(a[5m])', 300_000],
    ['100 * sum by (pod) (rate(a[1m30s]) / max_over_time(b[1w:1m]))', 604_800_000],
    ['rate(a[90])', 90_000],
    ['avg_over_time(a{pod="[9m]"}[500ms])', 500],
    ['a offset 5m', undefined],
  ])('is as late as the range that a query of servers looks back over: %s', async (cpu, ms) => {
    const { url } = await stub(() => vector(series({ pod: 'a' }, '50')));
    const queries = { cpu, requests: 'sum(rate(c[1d]))' };
    const reading = await read(await open({ url }), { server_label: 'pod', queries });
    expect((reading as Reading).late).toEqual(ms === undefined ? null : { ms, servers: null });
  });

  it('asks a query once for all clusters of a poll, with what the connection says', async () => {
    const { url, asked } = await stub(() => vector(series({ instance: 'a' }, '50')));
    const session = await open({
      url: `${url}/base/`,
      headers: { 'X-Scope-OrgID': 'shop' },
      url_parameters: { dedup: 'true' },
    });
    const clusters = Array.from({ length: 500 }, (_, index) =>
      clusterOf(`web-${index}`, { queries: { cpu: 'cpu', requests: index < 250 ? 'one' : 'other' } }),
    );
    const readings = await session.read(clusters, { signal });
    expect([...readings.values()].filter((reading) => !(reading instanceof ProviderError))).toHaveLength(500);
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ query }) => query))).toEqual(new Set(['cpu', 'one', 'other']));
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/base/api/v1/query', headers: { 'x-scope-orgid': 'shop' } });
    expect(Object.fromEntries(asked[0]!.parameters)).toMatchObject({ dedup: 'true', lookback_delta: '120' });
  });

  it('reads 150,000 servers', async () => {
    const result = Array.from({ length: 150_000 }, (_, id) => series({ pod: `p${id}` }, '5'));
    const { url } = await stub(() => ({ status: 'success', data: { resultType: 'vector', result } }));
    const reading = await read(await open({ url }), { server_label: 'pod', queries: { cpu: 'cpu' } });
    const { at, samples } = reading as Reading;
    expect([at, (samples as readonly object[]).length]).toEqual([AT * 1000, 150_000]);
  });

  it('sends a long query in the body', async () => {
    const { url, asked } = await stub(() => vector(series({ instance: 'a' }, '50')));
    const cpu = `up{job=~"${'a|'.repeat(1000)}b"}`;
    await read(await open({ url }), { queries: { cpu } });
    expect(asked).toMatchObject([{ method: 'POST', query: cpu }]);
  });

  it.each([
    [{ auth: 'none' }, {}, undefined],
    [{ auth: 'basic', username: 'ada' }, { password: 'pa:ss' }, `Basic ${Buffer.from('ada:pa:ss').toString('base64')}`],
    [{ auth: 'bearer' }, { token: 't0ken' }, 'Bearer t0ken'],
  ])('authenticates as %j', async (spec, secrets, authorization) => {
    const { url, asked } = await stub(() => vector());
    await read(await open({ url, ...spec }, secrets), { queries: { cpu: 'cpu' } });
    expect(asked[0]!.headers.authorization).toBe(authorization);
  });

  it.each([
    [{ auth: 'basic' }, { password: 'x' }],
    [{ auth: 'basic', username: 'ada' }, {}],
    [{ auth: 'bearer' }, {}],
  ])('is not opened without what its authentication needs: %j', async (spec, secrets) => {
    await expect(open({ url: 'http://127.0.0.1:9', ...spec }, secrets)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  describe('knows nothing, and says so, where an answer is odd:', () => {
    const CPU = vector(series({ pod: 'a' }, '50'));

    it.each([
      ['an error', 422, 'query demand: HTTP 422, because of 422'],
      ['no answer', 503, 'query demand: HTTP 503, because of 503'],
      [
        'a warning',
        { ...vector(series({}, '3')), warnings: ['store 2 is away'] },
        'query demand: the result may be partial: store 2 is away',
      ],
      ['a part', { ...vector(series({}, '3')), isPartial: true }, 'query demand: the result is partial'],
      ['nothing', vector(), 'query demand: no data'],
      ['NaN', vector(series({}, 'NaN')), 'query demand: the value is no number'],
      ['infinity', vector(series({}, '+Inf')), 'query demand: the value is no number'],
      ['a negative value', vector(series({}, '-1')), 'query demand: the value is negative'],
      [
        'several series',
        vector(series({}, '1'), series({ a: 'b' }, '2')),
        'query demand: 2 series where one is needed; aggregate them, for example with sum()',
      ],
      [
        'a range',
        { status: 'success', data: { resultType: 'matrix', result: [] } },
        'query demand: the query returns a matrix and must return one value a series',
      ],
      [
        'a text',
        { status: 'success', data: { resultType: 'string', result: [AT, 'a'] } },
        'query demand: the query returns a string and must return one value a series',
      ],
      [
        'a histogram',
        { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, histogram: [AT, {}] }] } },
        'query demand: the query returns histograms and must return numbers',
      ],
      ['no JSON', 'welcome to our proxy', 'query demand: the answer is not one of a Prometheus API'],
      ['no success', { status: 'error' }, 'query demand: the answer is not one of a Prometheus API'],
    ])('%s of the whole cluster', async (_name, demand, incomplete) => {
      const reading = await readingOf({ cpu: CPU, demand });
      expect(reading).toMatchObject({ samples: [{ serverId: 'a', cpu: 50 }], incomplete });
      const { totals } = reading as Reading;
      expect(totals?.demand ?? null).toBeNull();
    });

    it.each([
      ['more than requests', '1.5', null, 'query bad: more than the query requests'],
      ['rounded up', '1.0000000000000002', 1, null],
      ['negative', '-1', null, 'query bad: the value is negative'],
      ['NaN', 'NaN', null, 'query bad: the value is no number'],
    ])('slow or failed requests that cannot be: %s', async (_name, value, bad, incomplete) => {
      const answers = { requests: vector(series({}, '1')), bad: vector(series({}, value)) };
      expect(await readingOf(answers)).toMatchObject({ totals: { requests: 1, bad }, incomplete });
    });

    it('series without the label of servers, or several of one server', async () => {
      const cpu = vector(series({ pod: 'a' }, '50'), series({}, '60'), series({ pod: '' }, '70'));
      expect(await readingOf({ cpu })).toMatchObject({
        samples: [{ serverId: 'a', cpu: 50 }],
        incomplete: 'query cpu: 2 series without the label pod',
      });
      const twice = vector(
        series({ pod: 'a', c: '1' }, '5'),
        series({ pod: 'a', c: '2' }, '6'),
        series({ pod: 'b' }, '7'),
      );
      expect(await readingOf({ cpu: twice })).toMatchObject({
        samples: [
          { serverId: 'a', cpu: null },
          { serverId: 'b', cpu: 7 },
        ],
        incomplete: 'query cpu: several series for the same pod',
      });
    });

    it('no number of one server is handed on, to be refused and counted', async () => {
      const cpu = vector(series({ pod: 'a' }, 'NaN'), series({ pod: 'b' }, '-Inf'), series({ pod: 'c' }, '1e1'));
      expect(await readingOf({ cpu })).toMatchObject({
        samples: [{ cpu: Number.NaN }, { cpu: Number.NEGATIVE_INFINITY }, { cpu: 10 }],
        incomplete: null,
      });
    });

    it('no series of any server: there may be none', async () => {
      const demand = vector(series({}, '7'));
      expect(await readingOf({ cpu: vector(), demand })).toMatchObject({
        samples: [],
        totals: { demand: 7 },
        incomplete: null,
      });
    });

    it('a part that fails beside one that does not', async () => {
      expect(await readingOf({ cpu: CPU, memory: 503 })).toMatchObject({
        samples: [{ cpu: 50, memory: null }],
        incomplete: 'query memory: HTTP 503, because of 503',
      });
    });
  });

  it.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'refused'],
    [422, 'refused'],
    [429, 'throttled'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [302, 'refused'],
  ])('fails as a whole if no query is answered: %i is %s', async (status, code) => {
    expect(await readingOf({ cpu: status, demand: status })).toMatchObject({ code });
  });

  it('tests a connection', async () => {
    const known = await stub((asked) =>
      asked === '/api/v1/status/buildinfo'
        ? { status: 'success', data: { version: '3.1.0' } }
        : vector(series({}, '1')),
    );
    const session = await open({ url: known.url, auth: 'basic', username: 'ada' }, { password: 'x' });
    expect(await session.check!({ signal })).toEqual({ identity: 'ada', version: '3.1.0', missing: [] });
    const plain = await stub((asked) => (asked === '/api/v1/status/buildinfo' ? 404 : vector()));
    expect(await (await open({ url: plain.url })).check!({ signal })).toEqual({
      identity: null,
      version: null,
      missing: [],
    });
    const closed = await stub((asked) => (asked === '/api/v1/status/buildinfo' ? 404 : 403));
    await expect((await open({ url: closed.url })).check!({ signal })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
