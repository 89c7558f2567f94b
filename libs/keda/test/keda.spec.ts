import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { credentials, type ChannelCredentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { Counter, register } from 'prom-client';
import { configOf } from '#config';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { RoutesApp } from '../../clusters/test/routes-app.js';
import { defineProvider, z } from '../../providers/src/sdk/index.js';
import { ActivityStreams } from '../src/activity-streams.js';
import { ExternalScaler } from '../src/external-scaler.js';
import { KedaModule, KedaServer } from '../src/index.js';

/** The unchanged definition from KEDA's repository: the service must follow it. */
const PROTO = fileURLToPath(new URL('externalscaler.proto', import.meta.url));
const CERTIFICATES = fileURLToPath(new URL('../../../test/support/certificates', import.meta.url));
const certificate = (name: string) => join(CERTIFICATES, name);

const fields = z.strictObject({ namespace: z.string() });
const keda = defineProvider({
  type: 'keda',
  apiVersion: 1,
  title: 'KEDA',
  connection: { spec: z.strictObject({}), address: () => 'here' },
  target: {
    spec: fields,
    capabilities: { fencing: false, statesDesired: false, partial: false },
    nameOf: (_target, id) => id,
  },
  metrics: { spec: fields, capabilities: { totals: false } },
  open: () => ({ read: async () => new Map(), close: async () => undefined }),
});

interface Call {
  on(event: 'data', listener: (message: { result?: boolean }) => void): Call;
  on(event: 'error', listener: (error: ServiceError) => void): Call;
  cancel(): void;
}
type Answered = (error: ServiceError | null, response: unknown) => void;
interface Method {
  (request: object, callback: Answered): void;
  (request: object, options: { readonly deadline: number }, callback: Answered): void;
}
type Client = Record<'IsActive' | 'GetMetricSpec' | 'GetMetrics', Method> &
  Record<'StreamIsActive' | 'StreamMetricSpec', (request: object) => Call> & { close(): void };

const clients: Client[] = [];

async function clientOf(app: RoutesApp, channel: ChannelCredentials = credentials.createInsecure()): Promise<Client> {
  const loaded = loadPackageDefinition(await load(PROTO, { keepCase: true, longs: Number, defaults: true }));
  const { ExternalScaler: Stub } = loaded['externalscaler'] as unknown as {
    ExternalScaler: new (address: string, channel: ChannelCredentials) => Client;
  };
  const client = new Stub(`localhost:${app.app.get(KedaServer).port}`, channel);
  clients.push(client);
  return client;
}

async function ask(client: Client, method: 'IsActive' | 'GetMetricSpec' | 'GetMetrics', request: object) {
  return new Promise<unknown>((resolve) => {
    client[method](request, (error, response) =>
      resolve(error === null ? response : { code: status[error.code], details: error.details }),
    );
  });
}

let app: RoutesApp;
let token: string;
let client: Client;

beforeAll(async () => {
  app = await RoutesApp.with({ providers: [keda], config: { 'keda.enabled': true, 'keda.port': 0 } }, KedaModule);
  token = await app.user('root', 'admin');
  client = await clientOf(app);
});
afterEach(() => {
  for (const one of clients.splice(1)) one.close();
});
afterAll(async () => {
  for (const one of clients) one.close();
  await app.close();
});

let created = 0;
async function cluster(definition: object = {}): Promise<string> {
  created += 1;
  const { status: answered, body } = await app.send(token, 'POST', '/clusters', {
    name: `c${created}`,
    min_servers: 1,
    max_servers: 50,
    provider: { type: 'keda', namespace: 'web' },
    ...definition,
  });
  expect({ answered, body }).toMatchObject({ answered: 201 });
  return String(body['id']);
}

/** As a tick leaves it. */
async function ticked(id: string, desired: number | null, at = app.clock.time): Promise<void> {
  await app.dataSource.query(
    `INSERT INTO cluster_states (cluster_id, ticked_at, engine_state, tracking) VALUES ($1, to_timestamp($2 / 1000.0), '{}', $3)
     ON CONFLICT (cluster_id) DO UPDATE SET ticked_at = excluded.ticked_at, tracking = excluded.tracking`,
    [id, at, JSON.stringify({ version: 1, desired, askedAt: null, servers: [], leadTimes: [] })],
  );
}

function refOf(id: string, namespace = 'web') {
  return { name: 'web', namespace, scalerMetadata: { cluster: id, scalerAddress: 'autoscaler:9091' } };
}

async function countOf(id: string): Promise<unknown> {
  return ask(client, 'GetMetrics', { scaledObjectRef: refOf(id), metricName: 'servers' });
}

describe('KEDA', () => {
  it('is given the desired count, in the fields of new and old versions, with a target of 1 per replica', async () => {
    const id = await cluster();
    await ticked(id, 7);
    expect(await ask(client, 'GetMetricSpec', refOf(id))).toEqual({
      metricSpecs: [{ metricName: 'servers', targetSize: 1, targetSizeFloat: 1 }],
    });
    expect(await countOf(id)).toEqual({
      metricValues: [{ metricName: 'servers', metricValue: 7, metricValueFloat: 7 }],
    });
    expect(await ask(client, 'IsActive', refOf(id))).toEqual({ result: true });
    await ticked(id, 0);
    expect(await ask(client, 'IsActive', refOf(id))).toEqual({ result: false });
  });

  it('receives no outdated or unknown number, so that it leaves the count unchanged', async () => {
    const id = await cluster();
    expect(await countOf(id)).toMatchObject({
      code: 'UNAVAILABLE',
      details: expect.stringContaining('no desired count yet'),
    });
    await ticked(id, null);
    expect(await countOf(id)).toMatchObject({ code: 'UNAVAILABLE' });
    await ticked(id, 7, app.clock.time - 60_000);
    expect(await countOf(id)).toMatchObject({ metricValues: [{ metricValueFloat: 7 }] });
    await ticked(id, 7, app.clock.time - 61_000);
    expect(await countOf(id)).toEqual({
      code: 'UNAVAILABLE',
      details: `the desired count of cluster ${id} is 1 min 1 s old: the service does not tick it`,
    });
    expect(await ask(client, 'IsActive', refOf(id))).toMatchObject({ code: 'UNAVAILABLE' });
    // The specification must not fail, or KEDA freezes the workload for good.
    expect(await ask(client, 'GetMetricSpec', refOf(id))).toMatchObject({ metricSpecs: [{ targetSizeFloat: 1 }] });
  });

  it('waits three intervals of a cluster that is ticked rarely', async () => {
    const id = await cluster({ config: { interval: '5m' } });
    await ticked(id, 3, app.clock.time - 15 * 60_000);
    expect(await countOf(id)).toMatchObject({ metricValues: [{ metricValueFloat: 3 }] });
    await ticked(id, 3, app.clock.time - 15 * 60_000 - 1000);
    expect(await countOf(id)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is given no number by a policy that only recommends', async () => {
    const id = await cluster({
      policy: { mode: 'recommend', threshold: {} },
    });
    await ticked(id, 7);
    expect(await countOf(id)).toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('keeps the number while a cluster is paused', async () => {
    const id = await cluster();
    await ticked(id, 7);
    await app.send(token, 'PUT', `/clusters/${id}`, { status: 'paused' });
    expect(await countOf(id)).toMatchObject({ metricValues: [{ metricValueFloat: 7 }] });
  });

  it('learns nothing of clusters of other namespaces, or that are not for it', async () => {
    const id = await cluster();
    await ticked(id, 7);
    const answers = await Promise.all(
      [refOf(id, 'other'), refOf('0193e3c0-0000-7000-8000-000000000000')].map(async (ref) =>
        ask(client, 'IsActive', ref),
      ),
    );
    expect(answers).toEqual([
      { code: 'NOT_FOUND', details: `there is no cluster ${id} whose target is of the type keda in namespace other` },
      { code: 'NOT_FOUND', details: expect.stringContaining('there is no cluster 0193e3c0') },
    ]);
    expect(await ask(client, 'IsActive', refOf('web'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await ask(client, 'IsActive', {})).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await ask(client, 'GetMetrics', {})).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await app.send(token, 'DELETE', `/clusters/${id}`);
    expect(await ask(client, 'IsActive', refOf(id))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is counted as without an answer where one comes after its deadline', async () => {
    const counted = async (): Promise<number> => {
      const exposition = await register.getSingleMetricAsString('autoscaler_keda_calls_total');
      return Number(/method="IsActive",code="CANCELLED"\} (\d+)/.exec(exposition)?.[1] ?? 0);
    };
    const before = await counted();
    let answer = (): void => undefined;
    const slow = jest
      .spyOn(app.app.get(ExternalScaler), 'isActive')
      .mockImplementationOnce(async () => new Promise((resolve) => (answer = () => resolve({ result: true }))));
    const code = await new Promise((resolve) => {
      client.IsActive(refOf('web'), { deadline: Date.now() + 500 }, (error) => resolve(error?.code));
    });
    expect(code).toBe(status.DEADLINE_EXCEEDED);
    await eventually('the call was received', () => slow.mock.calls.length === 1);
    // On the same connection, so that the end of the first call has arrived, too.
    expect(await ask(client, 'IsActive', refOf('web'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    answer();
    await eventually('it is counted', async () => (await counted()) === before + 1);
    slow.mockRestore();
  });

  it('hears over a stream when a workload needs its first server, and nothing while that is not known', async () => {
    const id = await cluster();
    await ticked(id, 0);
    const heard: (boolean | undefined)[] = [];
    const streams = app.app.get(ActivityStreams);
    const stream = client.StreamIsActive(refOf(id));
    stream.on('data', ({ result }) => heard.push(result)).on('error', () => undefined);
    await eventually('the state is sent', () => heard.length === 1);
    await streams.sweep();
    await ticked(id, 0, app.clock.time - 3_600_000);
    await streams.sweep();
    await ticked(id, 2);
    await streams.sweep();
    await eventually('the change is sent', () => heard.length > 1);
    expect(heard).toEqual([false, true]);
    stream.cancel();
    await eventually('the stream is forgotten', () => streams.size === 0);
  });

  it('gets the specification at once where it opens a stream, or the reason why not', async () => {
    const id = await cluster();
    const heard: unknown[] = [];
    const stream = client.StreamMetricSpec(refOf(id));
    stream.on('data', (message) => heard.push(message)).on('error', () => undefined);
    await eventually('the specification comes', () => heard.length > 0);
    expect(heard).toEqual([{ metricSpecs: [{ metricName: 'servers', targetSize: 1, targetSizeFloat: 1 }] }]);
    stream.cancel();
    const errors: string[] = [];
    for (const method of ['StreamMetricSpec', 'StreamIsActive'] as const) {
      client[method](refOf(id, 'other'))
        .on('data', () => undefined)
        .on('error', ({ code }) => errors.push(status[code]));
    }
    await eventually('both are refused', () => errors.length > 1);
    expect(errors).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    await eventually('no stream is left', () => app.app.get(ActivityStreams).size === 0);
  });
});

describe('the port for KEDA', () => {
  it('is closed unless it is enabled', async () => {
    const closed = await RoutesApp.with({ providers: [keda] }, KedaModule);
    expect(closed.app.get(KedaServer).port).toBeNull();
    await closed.close();
  });

  it('lets in only clients with a certificate of the authority where one is named', async () => {
    const guarded = await RoutesApp.with(
      {
        providers: [keda],
        config: {
          'keda.enabled': true,
          'keda.port': 0,
          'keda.tls_cert_file': certificate('server.pem'),
          'keda.tls_key_file': certificate('server.key'),
          'keda.client_ca_file': certificate('authority.pem'),
        },
      },
      KedaModule,
    );
    try {
      const [ca, key, pem] = ['authority.pem', 'server.key', 'server.pem'].map((name) =>
        readFileSync(certificate(name)),
      );
      const known = await clientOf(guarded, credentials.createSsl(ca, key, pem));
      expect(await ask(known, 'IsActive', refOf('web'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      const stranger = await clientOf(guarded, credentials.createSsl(ca));
      expect(await ask(stranger, 'IsActive', refOf('web'))).toMatchObject({ code: 'UNAVAILABLE' });
      const plain = await clientOf(guarded);
      expect(await ask(plain, 'IsActive', refOf('web'))).toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await guarded.close();
    }
  });

  it('ends the start where a certificate cannot be read', async () => {
    const { keda: settings } = configOf({
      'keda.enabled': true,
      'keda.tls_cert_file': '/nowhere.pem',
      'keda.tls_key_file': '/nowhere.key',
    });
    const parts = [ExternalScaler, ActivityStreams].map((part) => app.app.get<never>(part));
    const server = new KedaServer(parts[0]!, parts[1]!, new Counter({ name: 'calls', help: 'calls', registers: [] }), {
      keda: settings,
    });
    await expect(server.onApplicationBootstrap()).rejects.toThrow(/keda\.tls_cert_file cannot be read/);
  });
});
