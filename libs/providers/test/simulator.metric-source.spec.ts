import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { observe } from '#engine';
import { call } from '../../../test/support/client.js';
import { eventually } from '../../../test/support/eventually.js';
import { type Program, startSimulator } from '../../../test/support/programs.js';
import type { SourceCluster } from '../src/ports/metric-source.js';
import { SimulatorMetricSource } from '../src/simulator/simulator.metric-source.js';
import { describeMetricSource } from './metric-source.conformance.js';

describe('with the simulator itself', () => {
  let simulator: { readonly program: Program; readonly url: string };
  beforeAll(async () => {
    // Slow enough that what is being provisioned stays so.
    simulator = await startSimulator({ speed: 1, provisioning: '1h' });
  });
  afterAll(async () => simulator?.program.stop());

  describeMetricSource('the simulator source', async () => {
    const { url } = simulator;
    const id = randomUUID();
    await call(url, 'POST', `/clusters/${id}`, { servers: 3, base_cpu: 50, base_memory: 40, variance: 2 });
    await call(url, 'PUT', `/clusters/${id}`, { desired_servers: 4 });
    const source = new SimulatorMetricSource({ url, connections: 4 });
    const provider = { type: 'simulator' };
    const troubled: Record<string, object> = { in_distress: { errors: 1 }, hang: { hang: true } };
    // Nothing can be made to be away that other tests still need.
    let cluster: SourceCluster = { id, provider };
    return {
      source,
      get cluster() {
        return cluster;
      },
      unknown: { id: randomUUID(), provider },
      now: () => Date.now(),
      async trouble(kind) {
        if (kind === 'away') cluster = { id, provider: { ...provider, url: 'http://127.0.0.1:9' } };
        else await call(url, 'POST', '/faults', { cluster_id: id, ...troubled[kind] });
      },
      close: async () => source.onApplicationShutdown(),
    };
  });
});

/** A simulator that answers whatever a test wants, to see what the source makes of it. */
describe('the simulator source', () => {
  const cluster: SourceCluster = { id: 'web/1', provider: { type: 'simulator' } };
  const { signal } = new AbortController();
  let server: Server;
  let source: SimulatorMetricSource;
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
    source = new SimulatorMetricSource({ url: `http://127.0.0.1:${port}`, connections: 3 });
  });
  afterAll(async () => {
    await source.onApplicationShutdown();
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
    return JSON.stringify({ cluster_id: 'web/1', timestamp, servers });
  }

  it('asks under the name that the provider knows the cluster by', async () => {
    await source.collect(cluster, signal);
    await source.collect({ ...cluster, provider: { type: 'simulator', ref: 'their/name' } }, signal);
    expect(paths).toEqual(['/metrics/web%2F1', '/metrics/their%2Fname']);
  });

  it('keeps its connections, and never has more than it may', async () => {
    for (let round = 0; round < 5; round += 1) await source.collect(cluster, signal);
    held = [];
    const asked = Array.from({ length: 12 }, async () => source.collect(cluster, signal));
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
    ['no time', JSON.stringify({ servers: [] })],
    ['a time that is no text', JSON.stringify({ timestamp: 5, servers: [] })],
    ['no servers', JSON.stringify({ timestamp: '2026-01-05T12:00:00Z' })],
  ])('calls an answer invalid that is %s', async (_name, text) => {
    answer = { status: 200, text };
    await expect(source.collect(cluster, signal)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each([429, 500, 503])('takes %i for distress', async (status) => {
    answer = { status, text: '{}' };
    await expect(source.collect(cluster, signal)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['not_a_number', { cpu_usage: 'NaN' }],
    ['not_a_number', { memory_usage: 'much' }],
    ['not_a_number', { request_load: { value: 5 } }],
    ['out_of_range', { cpu_usage: -3 }],
    ['out_of_range', { memory_usage: 4200 }],
    ['out_of_range', { request_load: -1 }],
    ['unknown_server', { server_id: 'somebody else' }],
  ])('hands on what is absurd, so that it is refused and counted as %s: %j', async (reason, change) => {
    const good = { cpu_usage: 50, memory_usage: 40, request_load: 10 };
    answer.text = reading([
      { server_id: 'a', ...good },
      { server_id: 'b', ...good, ...change },
    ]);
    expect(refusedOf(await source.collect(cluster, signal))).toEqual({ [reason]: 1 });
  });

  it.each([
    ['in_the_future', new Date(Date.now() + 3_600_000).toISOString()],
    ['stale', new Date(Date.now() - 3_600_000).toISOString()],
    ['not_a_number', 'yesterday'],
  ])('hands on the time of an answer, which is refused when it is %s', async (reason, timestamp) => {
    answer.text = reading([{ server_id: 'a', cpu_usage: 50, memory_usage: 40, request_load: 10 }], timestamp);
    expect(refusedOf(await source.collect(cluster, signal))).toEqual({ [reason]: 1 });
  });

  it('hands on what is told twice', async () => {
    const twice = { server_id: 'a', cpu_usage: 50, memory_usage: 40, request_load: 10 };
    answer.text = reading([twice, twice]);
    expect(refusedOf(await source.collect(cluster, signal))).toEqual({ duplicate: 1 });
  });

  it('leaves out what names no server', async () => {
    answer.text = reading([null, {}, { server_id: 7 }, { server_id: 'a', cpu_usage: 1, memory_usage: 1 }]);
    expect((await source.collect(cluster, signal)).samples.map(({ serverId }) => serverId)).toEqual(['a']);
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
      const { samples } = await source.collect(cluster, signal);
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
    const collection = await source.collect(cluster, signal);
    expect(collection.samples).toEqual([]);
    expect(collection.totals?.requestRate ?? null).toBe(requestRate);
  });

  it.each([
    [800, 800],
    [50, null],
    ['much', null],
    [undefined, null],
  ])('takes over the highest CPU that a source states: %s', async (stated, expected) => {
    answer.text = JSON.stringify({ ...(JSON.parse(reading([])) as object), max_cpu_usage: stated });
    expect((await source.collect(cluster, signal)).maxCpuPercent).toBe(expected);
  });

  function refusedOf({ samples }: Pick<Awaited<ReturnType<typeof source.collect>>, 'samples'>): object {
    const servers = ['a', 'b'].map((id) => ({ id, state: 'ACTIVE' as const }));
    return observe({ now: Date.now(), intervalMs: 10_000, servers, samples }).refused;
  }
});
