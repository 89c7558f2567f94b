import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { observe } from '#engine';
import { eventually } from '../../../test/support/eventually.js';
import { PooledHttp } from '../src/http/pooled-http.js';
import { type ProviderCluster, ProviderError, type Reading, type Sample } from '../src/sdk/index.js';
import type { SimulatorMetrics, SimulatorTarget } from '../src/simulator/simulator.fields.js';
import { SimulatorSession } from '../src/simulator/simulator.session.js';

type Cluster = ProviderCluster<SimulatorTarget, SimulatorMetrics>;

/** A simulator with any answer that a test sets, to see how the session handles it. */
describe('the session of the simulator', () => {
  const cluster: Cluster = { id: 'web/1', target: {}, metrics: {}, fence: null };
  const { signal } = new AbortController();
  let server: Server;
  let http: PooledHttp;
  let session: SimulatorSession;
  let answer: { status: number; text: string };
  let held: (() => void)[] | null;
  let connections: number;
  let paths: string[];
  let underWay: number;
  let mostUnderWay: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      paths.push(request.url ?? '');
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      const send = (): void => {
        underWay -= 1;
        response.writeHead(answer.status).end(answer.text);
      };
      if (held === null) send();
      else held.push(send);
    });
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    http = new PooledHttp(3);
    session = new SimulatorSession(`http://127.0.0.1:${port}`, { http, clock: { now: () => Date.now() } });
  });
  afterAll(async () => {
    await http.close();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    answer = { status: 200, text: reading([]) };
    held = null;
    paths = [];
    underWay = 0;
    mostUnderWay = 0;
    connections = 0;
  });

  function reading(servers: readonly unknown[], timestamp: unknown = new Date().toISOString()): string {
    const listed = servers.map((one) => (typeof one === 'object' && one !== null ? { state: 'ACTIVE', ...one } : one));
    return JSON.stringify({ id: 'web/1', timestamp, servers: listed });
  }

  /** @throws ProviderError where it cannot be read */
  async function read(one: Cluster = cluster): Promise<Reading & { readonly samples: readonly Sample[] }> {
    const answered = (await session.read([one], { signal })).get(one.id);
    if (answered === undefined || answered instanceof ProviderError) throw answered ?? new Error('no reading');
    const { samples } = answered;
    if (samples === undefined || samples instanceof ProviderError) throw samples ?? new Error('no samples');
    return { ...answered, samples };
  }

  it('asks under the name that the provider knows the cluster by', async () => {
    await read();
    await read({ ...cluster, target: { cluster_id: 'their/name' } });
    await session.read([{ ...cluster, metrics: null }], { signal });
    await read({ ...cluster, target: null });
    expect(paths).toEqual([
      '/clusters/web%2F1?metrics=true',
      '/clusters/their%2Fname?metrics=true',
      '/clusters/web%2F1',
      '/metrics/web%2F1',
    ]);
  });

  it('keeps its connections, and never has more than it may', async () => {
    for (let round = 0; round < 5; round += 1) await read();
    held = [];
    const asked = Array.from({ length: 12 }, async () => read());
    for (let open = asked.length; open > 0; open -= 1) {
      const answerOne = await eventually('a request came', () => held?.shift());
      answerOne();
    }
    await Promise.all(asked);
    expect(mostUnderWay).toBe(3);
    expect(connections).toBeLessThanOrEqual(3);
  });

  it.each([
    ['no JSON', 'a proxy says hello'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['no servers', JSON.stringify({ timestamp: '2026-01-05T12:00:00Z' })],
  ])('calls an answer invalid that is %s', async (_name, text) => {
    answer = { status: 200, text };
    await expect(read()).rejects.toMatchObject({ code: 'invalid' });
  });

  it.each([
    [429, {}, 'throttled'],
    [500, {}, 'unreachable'],
    [503, {}, 'unreachable'],
    [404, {}, 'not_found'],
    [403, {}, 'unauthorized'],
    [409, { code: 'stale_token' }, 'fenced'],
    [409, { code: 'scale_up_refused' }, 'no_capacity'],
    [400, {}, 'refused'],
  ])('takes %i %j for %s', async (status, body, code) => {
    answer = { status, text: JSON.stringify({ error: 'because', ...body }) };
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(/^HTTP \d+, because$/) });
    await expect(session.setDesired(cluster, 3, { signal })).rejects.toMatchObject({ code });
  });

  it.each([
    ['not_a_number', { cpu_usage: 'NaN' }],
    ['not_a_number', { memory_usage: 'much' }],
    ['not_a_number', { request_load: { value: 5 } }],
    ['out_of_range', { cpu_usage: -3 }],
    ['out_of_range', { memory_usage: 4200 }],
    ['out_of_range', { request_load: -1 }],
    ['unknown_server', { server_id: 'another' }],
  ])('hands on what is absurd, so that it is refused and counted as %s: %j', async (reason, change) => {
    const good = { cpu_usage: 50, memory_usage: 40, request_load: 10 };
    answer.text = reading([
      { server_id: 'a', ...good },
      { server_id: 'b', ...good, ...change },
    ]);
    expect(refusedOf(await read())).toEqual({ [reason]: 1 });
  });

  it.each([
    ['in_the_future', new Date(Date.now() + 3_600_000).toISOString()],
    ['stale', new Date(Date.now() - 3_600_000).toISOString()],
    ['not_a_number', 'yesterday'],
  ])('hands on the time of an answer, which is refused when it is %s', async (reason, timestamp) => {
    answer.text = reading([{ server_id: 'a', cpu_usage: 50, memory_usage: 40, request_load: 10 }], timestamp);
    expect(refusedOf(await read())).toEqual({ [reason]: 1 });
  });

  it('passes on samples that are sent twice', async () => {
    const twice = { server_id: 'a', cpu_usage: 50, memory_usage: 40, request_load: 10 };
    answer.text = reading([twice, twice]);
    expect(refusedOf(await read())).toEqual({ duplicate: 1 });
  });

  it('leaves out what names no server', async () => {
    answer.text = reading([null, {}, { server_id: 7 }, { server_id: 'a', cpu_usage: 1, memory_usage: 1 }]);
    expect((await read()).samples.map(({ serverId }) => serverId)).toEqual(['a']);
  });

  it.each(['cpu_usage', 'memory_usage', 'request_load'])(
    'does not know a value that is missing or null: %s',
    async (field) => {
      const good = { cpu_usage: 95, memory_usage: 40, request_load: 10 };
      const { [field as keyof typeof good]: _left, ...rest } = good;
      answer.text = reading([
        { server_id: 'a', ...rest },
        { server_id: 'b', ...good, [field]: null },
      ]);
      const { samples } = await read();
      const known = { cpu: 95, memory: 40, requestRate: 10 };
      const name = { cpu_usage: 'cpu', memory_usage: 'memory', request_load: 'requestRate' }[field]!;
      expect(samples).toMatchObject([
        { ...known, [name]: null },
        { ...known, [name]: null },
      ]);
      expect(refusedOf({ samples })).toEqual({});
    },
  );

  it.each([
    ['states', { request_rate: 900 }, 900],
    ['does not state', undefined, null],
    ['states as something else', { request_rate: 'many' }, null],
    ['states as nothing', null, null],
  ])('knows what a source %s for the whole cluster, without servers, too', async (_name, totals, requestRate) => {
    answer.text = JSON.stringify({ ...(JSON.parse(reading([])) as object), totals });
    const { samples, totals: counted } = await read();
    expect(samples).toEqual([]);
    // As many as come within a second.
    expect(counted?.requests ?? null).toBe(requestRate);
    expect((counted?.to ?? 1000) - (counted?.from ?? 0)).toBe(1000);
  });

  it.each([
    [800, 800],
    [50, null],
    ['much', null],
    [undefined, null],
  ])('takes over the highest CPU that a source states: %s', async (stated, expected) => {
    answer.text = JSON.stringify({ ...(JSON.parse(reading([])) as object), max_cpu_usage: stated });
    expect((await read()).maxCpuPercent).toBe(expected);
  });

  function refusedOf({ samples }: { readonly samples: readonly Sample[] }): object {
    const servers = ['a', 'b'].map((id) => ({ id, state: 'ACTIVE' as const }));
    return observe({ now: Date.now(), intervalMs: 10_000, servers, samples }).refused;
  }
});
