import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Counter } from 'prom-client';
import { AuditService } from '#auth';
import type { Caller } from '#auth';
import { ManualClock } from '#config/testing';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { type AlertCode, type LiveAlert, LiveBus } from '../src/events.js';
import type { ClusterRegistry } from '../src/loop/cluster-registry.js';
import { AlertNotifier } from '../src/webhooks/alert-notifier.js';
import { AlertWebhookService } from '../src/webhooks/alert-webhook.service.js';
import { AlertWebhookStore } from '../src/webhooks/alert-webhook.store.js';
import { signatureOf, WebhookClient } from '../src/webhooks/webhook.client.js';

const ADA: Caller = {
  id: '00000000-0000-4000-8000-000000000001',
  username: 'ada',
  role: 'operator',
  scope: 'own',
  ip: '127.0.0.1',
};

interface Received {
  readonly path: string;
  readonly signature: string;
  readonly seconds: number;
  readonly body: string;
}

let database: TestDatabase;
let receiver: Server;
let server: string;
let received: Received[];
let answers: number[];
let bus: LiveBus;
let notifier: AlertNotifier;
let client: WebhookClient;
let alerts: { webhookUrl: string; webhookSecret: string; allowedUrls: string[] };
let people: AlertWebhookService;
let counter: Counter;

/** Deliveries by outcome. */
async function counted(): Promise<Record<string, number>> {
  const { values } = await counter.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
}

beforeAll(async () => {
  database = await createTestDatabase();
  await database.dataSource.query(
    `INSERT INTO users (id, username, password_hash, role) VALUES ($1, 'ada', '-', 'operator')`,
    [ADA.id],
  );
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { headers, url: path = '' } = request;
      received.push({
        path,
        signature: String(headers['x-autoscaler-signature']),
        seconds: Number(headers['x-autoscaler-timestamp']),
        body,
      });
      response.writeHead(answers.shift() ?? 200, { location: `${server}/elsewhere` }).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  server = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await database.close();
});
beforeEach(async () => {
  received = [];
  answers = [];
  alerts = { webhookUrl: '', webhookSecret: '', allowedUrls: [server] };
  bus = new LiveBus();
  client = new WebhookClient();
  const clock = new ManualClock();
  const store = new AlertWebhookStore(database.dataSource);
  const audit = new AuditService(database.dataSource, clock);
  people = new AlertWebhookService(store, audit, database.dataSource, { alerts });
  const registry = { get: (id: string) => ({ cluster: { id, name: `cluster ${id}`, ownerId: ADA.id } }) };
  counter = new Counter({ name: 'deliveries', help: '-', labelNames: ['outcome'], registers: [] });
  notifier = new AlertNotifier(bus, registry as unknown as ClusterRegistry, store, client, clock, { alerts }, counter);
  await people.remove(ADA);
});
afterEach(async () => {
  await notifier.onApplicationShutdown();
  await client.onApplicationShutdown();
});

function tell(code: AlertCode, state: LiveAlert['state'], severity: LiveAlert['severity'], cluster = 'one'): void {
  const data: LiveAlert = { code, severity, state, message: `${code}!` };
  bus.emit('alert', { type: 'alert', cluster_id: cluster, timestamp: '2026-01-05T12:00:00.000Z', data });
}

const told = (): string[] =>
  received.map(({ body }) => {
    const { data } = JSON.parse(body) as { data: { code: string; state: string } };
    return `${data.code} ${data.state}`;
  });

describe('alerts by webhook', () => {
  it('reach the owner of a cluster, signed with the secret that was shown once', async () => {
    const { secret, webhook } = await people.set(ADA, `${server}/hook?token=t0ken`);
    expect(webhook.url).toBe(`${server}/hook?token=t0ken`);
    expect(JSON.stringify(await people.find(ADA))).not.toContain(secret);
    tell('scaling_failed', 'raised', 'critical');
    tell('scaling_failed', 'cleared', 'info');
    tell('drift', 'noticed', 'info');
    await notifier.idle();
    expect(told()).toEqual(['scaling_failed raised', 'scaling_failed cleared']);
    const [{ path, signature, seconds, body }] = received as [Received];
    expect(path).toBe('/hook?token=t0ken');
    expect(signature).toBe(signatureOf(secret, seconds, body));
    expect(body).not.toContain(secret);
    expect(JSON.parse(body)).toEqual({
      id: expect.any(String),
      type: 'alert',
      cluster_id: 'one',
      cluster_name: 'cluster one',
      timestamp: '2026-01-05T12:00:00.000Z',
      data: { code: 'scaling_failed', severity: 'critical', state: 'raised', message: 'scaling_failed!' },
    });
  });

  it('reach the installation, and say once that removals of many clusters are held', async () => {
    alerts.webhookUrl = `${server}/all`;
    alerts.webhookSecret = 'a secret of the installation';
    for (const cluster of ['a', 'b', 'c']) tell('removals_held', 'raised', 'warning', cluster);
    for (const cluster of ['a', 'b', 'c']) tell('removals_held', 'cleared', 'info', cluster);
    await notifier.idle();
    expect(told()).toEqual(['removals_held raised', 'removals_held cleared']);
    const [{ signature, seconds, body }] = received as [Received];
    expect(signature).toBe(signatureOf('a secret of the installation', seconds, body));
  });

  it('are tried again after an error of the receiver', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = [503];
    tell('unmet_demand', 'raised', 'warning');
    await notifier.idle();
    expect(received).toHaveLength(2);
    expect(await counted()).toEqual({ delivered: 1, failed: 0, dropped: 0 });
  });

  it('follow no redirect', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = [302];
    tell('unmet_demand', 'raised', 'warning');
    await notifier.idle();
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await counted()).toEqual({ delivered: 0, failed: 1, dropped: 0 });
  });

  it('go nowhere any more once the server is not allowed', async () => {
    await people.set(ADA, `${server}/hook`);
    alerts.allowedUrls = [];
    tell('unmet_demand', 'raised', 'warning');
    await notifier.idle();
    expect(received).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://127.0.0.1:1/hook',
    'file:///etc/passwd',
    'https://ada:pw@hooks.example.com/',
    'hooks',
  ])('may not be sent to %s', async (url) => {
    alerts.allowedUrls = [server, 'https://hooks.example.com'];
    await expect(people.set(ADA, url)).rejects.toMatchObject({ code: 'webhook_not_allowed' });
  });

  it('reach no metadata address, even where it is allowed', async () => {
    const target = { url: 'http://169.254.169.254/latest', secret: 's' };
    await expect(client.post(target, '{}', 0, new AbortController().signal)).rejects.toMatchObject({ isFinal: true });
  });

  it('are audited without the path of the URL, which may be a secret', async () => {
    await people.set(ADA, `${server}/hook?token=t0ken`);
    const [row] = await database.dataSource.query<{ after: object }[]>(
      `SELECT after FROM audit_log WHERE action = 'alerts.webhook.set' ORDER BY id DESC LIMIT 1`,
    );
    expect(row?.after).toEqual({ server });
  });
});
