import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '#config/testing';
import { eventually } from '../../../test/support/eventually.js';
import { AddressGuard } from '../src/http/address-guard.js';
import type { Connection } from '../src/connections/connection.js';
import type { ClusterProvider } from '../src/registry/cluster-provider.js';
import { ProviderRegistry } from '../src/registry/provider.registry.js';
import {
  type HttpClient,
  type ProviderCluster,
  type ProviderContext,
  type ProviderDefinition,
  ProviderError,
  type Readings,
  type Session,
} from '../src/sdk/index.js';
import type { ClusterReading } from '../src/session/cluster-reading.js';
import { type FencedCluster, ProviderSessions } from '../src/session/provider-sessions.js';
import { inProcessProvider } from './in-process.definition.js';
import { InProcessSession } from './in-process.provider.js';
import { NO_SECRETS, silentMetrics } from './silent-metrics.js';

const HOUR_MS = 3_600_000;
const LISTED = 'http://listed.example:9000';
const FOREIGN = 'http://foreign.example:9000';
const PATIENCE = { timeoutMs: 1000, retries: 0 };

/** Counts what is asked of a session. */
class CountedSession extends InProcessSession {
  readonly reads: (readonly ProviderCluster[])[] = [];
  closed = 0;

  override async read(...[clusters, call]: Parameters<Session['read']>): Promise<Readings> {
    this.reads.push(clusters);
    return super.read(clusters, call);
  }

  override async close(): Promise<void> {
    this.closed += 1;
  }
}

describe('the sessions of providers', () => {
  let clock: ManualClock;
  let session: CountedSession;
  let sessions: ProviderSessions;
  const { signal } = new AbortController();

  beforeEach(() => {
    clock = new ManualClock();
    session = new CountedSession(clock);
  });
  afterEach(async () => sessions.onApplicationShutdown());

  function start(...providers: ProviderDefinition[]): void {
    const options = { reading: PATIENCE, scaling: PATIENCE, breakAfter: 1, breakMs: 60_000, connections: 16 };
    sessions = new ProviderSessions(
      new ProviderRegistry(providers),
      options,
      silentMetrics(),
      clock,
      new AddressGuard([LISTED]),
      NO_SECRETS,
    );
  }

  function clusters(count: number, provider: ClusterProvider = { type: 'in_process' }): FencedCluster[] {
    return Array.from({ length: count }, (_, index) => {
      const id = `${JSON.stringify(provider)} ${index}`;
      session.add(id);
      return { cluster: { id, provider }, fence: null };
    });
  }

  async function poll(all: readonly FencedCluster[]): Promise<ClusterReading[]> {
    const read = sessions.poll(all, signal);
    return Promise.all(all.map(async (one) => read(one)));
  }

  it('bring servers and metrics with one read', async () => {
    start(inProcessProvider(session));
    const [reading] = await poll(clusters(1));
    expect(reading).toMatchObject({
      provider: { servers: [{ state: 'ACTIVE' }, { state: 'ACTIVE' }], desired: 2 },
      samples: [{ cpu: expect.any(Number) }, {}],
      totals: { at: clock.now(), requestRate: 100 },
      late: null,
      metricsError: null,
    });
    expect(session.reads).toHaveLength(1);
  });

  it('hand on the work of a cluster, and what is unknown of its metrics', async () => {
    const read = async (reading: object): Promise<ClusterReading> => {
      start(inProcessProvider({ read: async () => new Map([['web', { at: 0, servers: [], ...reading }]]), close }));
      return (await poll([{ cluster: { id: 'web', provider: { type: 'in_process' } }, fence: null }]))[0]!;
    };
    const close = async (): Promise<void> => undefined;
    const window = { from: 0, to: 60_000 };
    expect(await read({ samples: [], totals: { ...window, requests: 120, demand: 40, capacity: 10 } })).toMatchObject({
      totals: { at: 60_000, requestRate: 2, demand: 40, capacity: 10 },
      incomplete: null,
    });
    // Unknown work is passed on, work that is not counted is left out.
    const unknown = await read({
      samples: [],
      totals: { ...window, demand: null },
      incomplete: 'query demand: no data',
    });
    expect(unknown).toMatchObject({
      totals: { requestRate: null, demand: null },
      metricsError: null,
      incomplete: 'query demand: no data',
    });
    expect((await read({ samples: [], totals: { ...window, bad: 3 } })).totals).toBeNull();
  });

  it('hand on slow or failed requests where the source counts them, per second', async () => {
    const read = async (totals: object): Promise<ClusterReading['measured']> => {
      const reading = { at: 0, servers: [], samples: [], totals: { from: 0, to: 60_000, ...totals } };
      start(inProcessProvider({ read: async () => new Map([['web', reading]]), close: async () => undefined }));
      const [{ measured }] = (await poll([
        { cluster: { id: 'web', provider: { type: 'in_process' } }, fence: null },
      ])) as [ClusterReading];
      return measured;
    };
    expect(await read({ requests: 120, bad: 3 })).toEqual({ at: 60_000, requestRate: 2, badRate: 0.05 });
    expect(await read({ requests: 120, bad: null })).toEqual({ at: 60_000, requestRate: 2, badRate: null });
    expect(await read({ bad: 3 })).toEqual({ at: 60_000, requestRate: null, badRate: 0.05 });
    expect(await read({ requests: 120 })).toBeNull();
    expect(await read({ requests: 120, bad: 3, to: 0 })).toBeNull();
  });

  it('read 500 clusters with one call where the provider can, and with 500 where it cannot', async () => {
    start(inProcessProvider(session, { batching: true }));
    const all = clusters(500);
    const readings = await poll(all);
    expect(readings.filter(({ metricsError }) => metricsError === null)).toHaveLength(500);
    expect(session.reads).toHaveLength(1);
    await sessions.onApplicationShutdown();
    start(inProcessProvider(session));
    await poll(all);
    expect(session.reads).toHaveLength(501);
  });

  it('read what is at another connection with a call of its own', async () => {
    start(inProcessProvider(session, { batching: true }));
    await poll([...clusters(5), ...clusters(5, { type: 'in_process', at: 'there' })]);
    expect(session.reads.map(({ length }) => length)).toEqual([5, 5]);
  });

  it('take metrics from one provider and servers from another', async () => {
    const source = new CountedSession(clock);
    start(inProcessProvider(session), inProcessProvider(source, { type: 'source', batching: true }));
    const all = clusters(20, { metrics: { type: 'source' }, target: { type: 'in_process' } });
    for (const { cluster } of all) source.add(cluster.id, { servers: 5 });
    source.fail(all[1]!.cluster.id, { kind: 'unreachable' });
    session.fail(all[2]!.cluster.id, { kind: 'refuse' });
    const [both, silent, away] = await poll(all);
    expect(both).toMatchObject({ provider: { desired: 2 }, samples: { length: 5 } });
    expect(silent).toMatchObject({ provider: { desired: 2 }, samples: [], metricsError: 'connection reset' });
    expect(away).toMatchObject({ provider: { code: 'refused' }, metricsError: null });
    expect(source.reads).toHaveLength(1);
    expect(source.reads[0]?.map(({ target }) => target)).toEqual(all.map(() => null));
    expect(session.reads).toHaveLength(20);
    expect(session.reads[0]?.[0]).toMatchObject({ target: {}, metrics: null });
    await sessions.setDesired(all[0]!, 4, signal);
    expect([session.asked.length, source.asked.length]).toEqual([1, 0]);
  });

  it('hold up no connection by another that hangs', async () => {
    start(inProcessProvider(session));
    const hung = clusters(40, { type: 'in_process', at: 'away' });
    const well = clusters(40);
    for (const { cluster } of hung) session.fail(cluster.id, { kind: 'hang' });
    const limit = new AbortController();
    const all = [...hung, ...well];
    const read = sessions.poll(all, limit.signal);
    const waiting = Promise.all(hung.map(async (one) => read(one)));
    const answers = await Promise.all(well.map(async (one) => read(one)));
    expect(answers.filter(({ metricsError }) => metricsError === null)).toHaveLength(40);
    limit.abort();
    expect((await waiting).every(({ provider }) => provider instanceof ProviderError)).toBe(true);
  });

  it('hand over the fence of this instance, and shut out who was replaced', async () => {
    start(inProcessProvider(session));
    const [one] = clusters(1) as [FencedCluster];
    const held = (token: number): FencedCluster => ({ ...one, fence: { token } });
    await poll([held(5)]);
    await poll([held(6)]);
    expect(await poll([held(5)])).toMatchObject([{ provider: { code: 'fenced' } }]);
    await expect(sessions.setDesired(held(5), 3, signal)).rejects.toMatchObject({ code: 'fenced' });
    expect(await sessions.setDesired(held(6), 3, signal)).toMatchObject({ desired: 3 });
  });

  it('say of a cluster that its provider is not loaded, and leave the others alone', async () => {
    start(inProcessProvider(session));
    const [lost] = clusters(1, { type: 'plugin_that_is_gone' });
    const [readings, well] = await poll([lost!, ...clusters(1)]);
    const why =
      'no provider of the type "plugin_that_is_gone" is loaded: add its package to providers.plugins, or change the provider';
    expect(readings).toMatchObject({ provider: { message: why }, samples: [], metricsError: why });
    expect(well).toMatchObject({ metricsError: null });
    await expect(sessions.setDesired(lost!, 3, signal)).rejects.toThrow(why);
    expect(sessions.stateOf(lost!.cluster.provider, 'target')).toEqual({
      endpoint: 'plugin_that_is_gone',
      circuit: 'closed',
    });
  });

  it('open a session when it is first needed, and again when that failed', async () => {
    let attempts = 0;
    start(
      inProcessProvider(session, {
        open: async () => {
          attempts += 1;
          if (attempts === 1) throw new Error('no\0certificate');
          return session;
        },
      }),
    );
    expect(attempts).toBe(0);
    const all = clusters(1);
    expect(await poll(all)).toMatchObject([{ provider: { code: 'invalid', message: 'no certificate' } }]);
    expect(await poll(all)).toMatchObject([{ metricsError: null }]);
    await poll(all);
    expect(attempts).toBe(2);
  });

  it('close what no cluster uses any more, and everything at the end', async () => {
    const [old, kept] = [new CountedSession(clock), session];
    start(inProcessProvider(session, { open: ({ at }) => (at === 'old' ? old : kept) }));
    const [gone, stays] = [clusters(1, { type: 'in_process', at: 'old' }), clusters(1)];
    old.add(gone[0]!.cluster.id);
    await poll([...gone, ...stays]);
    for (let hour = 0; hour < 4; hour += 1) {
      clock.advance(HOUR_MS);
      await poll(stays);
    }
    expect([old.closed, kept.closed]).toEqual([1, 0]);
    expect(await poll(gone)).toMatchObject([{ metricsError: null }]);
    await sessions.onApplicationShutdown();
    expect([old.closed, kept.closed]).toEqual([2, 1]);
  });

  it('lead to no server that the configuration does not list', async () => {
    let opened = 0;
    const open = (): Session => {
      opened += 1;
      return session;
    };
    start(inProcessProvider(session, { open }));
    const [foreign, listed] = [FOREIGN, LISTED].map((at) => clusters(1, { type: 'in_process', at })[0]!);
    const message =
      `url must be listed in collector.allowed_urls: add ${FOREIGN} there in the configuration file, ` +
      `or to AUTOSCALER_COLLECTOR_ALLOWED_URLS, and restart the service`;
    expect(await poll([foreign!, listed!])).toMatchObject([
      { provider: { code: 'refused', message } },
      { metricsError: null },
    ]);
    expect(opened).toBe(1);
  });

  it('close the HTTP clients that a session made for itself', async () => {
    let sockets = 0;
    const server = createServer((_request, response) => response.end('hello'));
    server.on('connection', (socket) => {
      sockets += 1;
      socket.once('close', () => (sockets -= 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    let http: HttpClient | undefined;
    const open = (_connection: unknown, context: ProviderContext): Session => {
      http = context.httpWith({ headers: { a: 'b' } });
      expect(() => context.checkUrl(LISTED)).not.toThrow();
      expect(() => context.checkUrl(FOREIGN)).toThrow('collector.allowed_urls');
      return session;
    };
    start(inProcessProvider(session, { open }));
    await poll(clusters(1));
    await http!.request(url, { signal });
    expect(sockets).toBe(1);
    await sessions.onApplicationShutdown();
    await eventually('the socket is closed', () => sockets === 0);
    await expect(http!.request(url, { signal })).rejects.toMatchObject({ code: 'unreachable' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('tell which connections are left alone', async () => {
    start(inProcessProvider(session));
    const [one] = clusters(1);
    session.fail(one!.cluster.id, { kind: 'unreachable' });
    await poll([one!]);
    expect(sessions.stateOf(one!.cluster.provider, 'metrics')).toEqual({ endpoint: 'here', circuit: 'open' });
    expect([sessions.openCircuits('metrics'), sessions.openCircuits('target')]).toEqual([1, 1]);
  });

  describe('of stored connections', () => {
    const stored: Connection = {
      id: 'c1',
      name: 'prod',
      type: 'in_process',
      spec: { at: 'there' },
      ownerId: 'ada',
      shared: false,
      version: 1,
      secrets: ['token'],
      createdAt: '2026-01-01T00:00:00.000000Z',
      updatedAt: '2026-01-01T00:00:00.000000Z',
    };
    const provider = { type: 'in_process', connection: 'prod' };
    /** The sessions that were opened, oldest first, with the secret that each got. */
    let opened: { readonly token: string; readonly session: CountedSession }[];
    let known: { revision: number; connection: Connection | undefined };

    beforeEach(() => {
      opened = [];
      known = { revision: 1, connection: stored };
      const { connection } = inProcessProvider(session);
      const named = inProcessProvider(session, {
        connection: { ...connection, named: true, secrets: ['token'] },
        open: async (_spec, context) => {
          const next = new CountedSession(clock);
          next.add('web');
          opened.push({ token: await context.secret('token'), session: next });
          return next;
        },
      });
      const connections = {
        get revision() {
          return known.revision;
        },
        find: (name: string) => (name === 'prod' ? known.connection : undefined),
      };
      const options = { reading: PATIENCE, scaling: PATIENCE, breakAfter: 1, breakMs: 60_000, connections: 16 };
      sessions = new ProviderSessions(
        new ProviderRegistry([named], connections),
        options,
        silentMetrics(),
        clock,
        new AddressGuard([LISTED]),
        { of: async ({ version }) => new Map([['token', `token of ${version}`]]) },
      );
    });

    const one = (): FencedCluster => ({ cluster: { id: 'web', provider }, fence: null });
    const change = (connection: Connection | undefined): void => {
      known = { revision: known.revision + 1, connection };
    };

    it('are shared by clusters, and replaced where the version has changed', async () => {
      const cluster = one();
      await poll([cluster]);
      await poll([cluster, one()]);
      expect(opened.map(({ token }) => token)).toEqual(['token of 1']);
      // Sharing it, or a change of another connection, is no new version.
      change({ ...stored, shared: true });
      await poll([cluster]);
      expect(opened).toHaveLength(1);
      change({ ...stored, version: 2 });
      expect(await poll([cluster])).toMatchObject([{ metricsError: null }]);
      expect(opened.map(({ token }) => token)).toEqual(['token of 1', 'token of 2']);
      expect(opened.map(({ session: each }) => each.closed)).toEqual([1, 0]);
    });

    it('are closed only once their calls have ended', async () => {
      const cluster = one();
      await poll([cluster]);
      const [first] = opened;
      first!.session.fail('web', { kind: 'hang' });
      const limit = new AbortController();
      const hung = sessions.poll([cluster], limit.signal)(cluster);
      change({ ...stored, version: 2 });
      await poll([cluster]);
      expect(first!.session.closed).toBe(0);
      limit.abort();
      expect(await hung).toMatchObject({ provider: { code: 'unreachable' } });
      expect(first!.session.closed).toBe(1);
    });

    it('that are gone are an error of their clusters, until there is one of the name again', async () => {
      const cluster = one();
      await poll([cluster]);
      change(undefined);
      expect(await poll([cluster])).toMatchObject([
        { provider: { code: 'invalid', message: expect.stringContaining('there is no connection "prod"') as unknown } },
      ]);
      expect(opened[0]?.session.closed).toBe(1);
      change({ ...stored, id: 'c2' });
      expect(await poll([cluster])).toMatchObject([{ metricsError: null }]);
      expect(opened).toHaveLength(2);
    });
  });

  describe('believe no provider', () => {
    const SERVER = { id: 'a', state: 'ACTIVE' };

    async function believed(reading: object | undefined): Promise<ClusterReading | undefined> {
      const answer = new Map(reading === undefined ? [] : [['web', { at: 0, samples: [], ...reading }]]);
      start(inProcessProvider({ read: async () => answer, close: async () => undefined }));
      return (await poll([{ cluster: { id: 'web', provider: { type: 'in_process' } }, fence: null }]))[0];
    }

    it.each([
      ['an id with a NUL', { servers: [{ ...SERVER, id: 'a\0' }] }],
      ['an id with half a character', { servers: [{ ...SERVER, id: 'a\ud800' }] }],
      ['an id without end', { servers: [{ ...SERVER, id: 'a'.repeat(513) }] }],
      ['an empty id', { servers: [{ ...SERVER, id: '' }] }],
      ['no id', { servers: [{ state: 'ACTIVE' }] }],
      ['a state that there is not', { servers: [{ ...SERVER, state: 'ASLEEP' }] }],
      ['nothing instead of a server', { servers: [null] }],
      ['no servers', {}],
      ['a negative count', { servers: [SERVER], desired: -1 }],
      ['half a server', { servers: [SERVER], desired: 1.5 }],
      ['a count that no column holds', { servers: [SERVER], desired: 1e12 }],
      ['no answer', undefined],
    ])('that lists %s', async (_name, reading) => {
      expect(await believed(reading)).toMatchObject({ provider: { code: 'invalid' } });
    });

    it.each([
      [
        { ms: 240_000, servers: 3 },
        { ms: 240_000, servers: 3 },
      ],
      [
        { ms: 1e12, servers: null },
        { ms: 3_600_000, servers: null },
      ],
      [{ ms: Number.NaN, servers: null }, null],
      [{ ms: -1, servers: null }, null],
    ])('that is late as it states: %j', async (late, taken) => {
      const changed = Object.assign(Object.create(session) as typeof session, {
        read: async (...asked: Parameters<typeof session.read>) => {
          const readings = await session.read(...asked);
          return new Map(
            [...readings].map(([id, reading]) => [
              id,
              reading instanceof ProviderError ? reading : { ...reading, late },
            ]),
          );
        },
      });
      start(inProcessProvider(changed));
      expect(await poll(clusters(1))).toMatchObject([{ late: taken }]);
    });

    it('what another writer is called, before it can be stored', async () => {
      const blocked = { by: 'HorizontalPodAutoscaler\nweb', reason: `a\0${'b'.repeat(400)}` };
      expect((await believed({ servers: [SERVER], blocked }))?.blocked).toEqual({
        by: 'HorizontalPodAutoscaler web',
        reason: `a ${'b'.repeat(298)}`,
      });
      expect((await believed({ servers: [SERVER] }))?.blocked).toBeNull();
    });

    it('the limit of another writer, if it is a count', async () => {
      const limitOf = async (servers: number): Promise<unknown> => {
        const limit = { field: 'max\nReplicas', servers };
        return (await believed({ servers: [SERVER], blocked: { by: 'a', reason: 'b', limit } }))?.blocked?.limit;
      };
      expect(await limitOf(9)).toEqual({ field: 'max Replicas', servers: 9 });
      expect(await limitOf(Number.NaN)).toBeUndefined();
    });

    it('what another autoscaler is called and wants, before it can be stored', async () => {
      const theirs = { by: 'HorizontalPodAutoscaler\0web', desired: 7 };
      const known = await believed({ servers: [SERVER], theirs });
      expect(known?.theirs).toEqual({ by: 'HorizontalPodAutoscaler web', desired: 7 });
      for (const desired of [-1, 1.5, 1e12, Number.NaN, '7']) {
        const reading = await believed({ servers: [SERVER], theirs: { ...theirs, desired } });
        expect(reading).toMatchObject({ theirs: null, provider: { servers: [SERVER] } });
      }
      expect((await believed({ servers: [SERVER] }))?.theirs).toBeNull();
    });

    it('why a server waits, before it can be stored', async () => {
      const [waiting, other] = [
        { ...SERVER, waitsFor: 'no\0node' },
        { ...SERVER, id: 'b' },
      ];
      expect((await believed({ servers: [waiting, other] }))?.provider).toEqual({
        servers: [{ ...SERVER, waitsFor: 'no node' }, other],
        desired: null,
      });
    });

    it('whose samples are of no server, and keep its servers', async () => {
      expect(await believed({ servers: [SERVER], samples: [{ cpu: 5 }] })).toMatchObject({
        provider: { servers: [SERVER], desired: null },
        metricsError: expect.stringContaining('samples') as unknown,
      });
    });
  });
});
