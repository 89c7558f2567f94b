import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Counter } from 'prom-client';
import type { EntityManager } from 'typeorm';
import type { Caller } from '#auth';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { auditIn } from '../../auth/test/in-database.js';
import type { AlertCode } from '../src/live-events/live-alert.dto.js';
import { LiveBus } from '../src/live-events/live-bus.js';
import type { LiveAlert } from '../src/live-events/live-events.js';
import { AlertDeliveryRepository } from '../src/webhooks/alert-delivery.repository.js';
import { AlertNotifier, LEASE_MS } from '../src/webhooks/alert-notifier.js';
import { AlertOutbox } from '../src/webhooks/alert-outbox.js';
import { AlertWebhookService } from '../src/webhooks/alert-webhook.service.js';
import { signatureOf, WebhookClient } from '../src/webhooks/webhook.client.js';
import { eventually } from '../../../test/support/eventually.js';
import { deliveriesIn, statesIn, webhooksIn } from './in-database.js';
import { LoopProcess, OWNER, poison, Surroundings } from './loop-harness.js';

const ADA: Caller = { id: OWNER, username: 'ada', role: 'operator', scope: 'own', ip: '127.0.0.1' };

interface Received {
  readonly path: string;
  readonly signature: string;
  readonly seconds: number;
  readonly body: string;
}

let database: TestDatabase;
let around: Surroundings;
let cluster: Cluster;
let receiver: Server;
let server: string;
let received: Received[];
/** Status codes of the receiver's next responses, 200 afterwards; `null`: no response. */
let answers: (number | null)[];
let client: WebhookClient;
let people: AlertWebhookService;
let instance: Instance;

/** The delivery part of one instance of the service. */
class Instance {
  readonly bus = new LiveBus();
  readonly deliveries = deliveriesIn(database.dataSource);
  readonly notifier: AlertNotifier;
  private readonly counter = new Counter({ name: 'posted', help: '-', labelNames: ['outcome'], registers: [] });

  constructor() {
    this.notifier = new AlertNotifier(this.bus, this.deliveries, client, around.clock, around, this.counter);
  }

  /** Delivers everything that is due. */
  async deliver(): Promise<void> {
    await this.notifier.sweep();
    await this.notifier.idle();
  }

  /** Deliveries by outcome. */
  async counted(): Promise<Record<string, number>> {
    const { values } = await this.counter.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
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
      const answer = answers.length > 0 ? answers.shift() : 200;
      if (typeof answer === 'number') response.writeHead(answer, { location: `${server}/elsewhere` }).end();
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
  around = new Surroundings(database.dataSource);
  around.alerts.allowedUrls = [server];
  client = new WebhookClient();
  const { dataSource } = database;
  const audit = auditIn(dataSource, around.clock);
  people = new AlertWebhookService(webhooksIn(dataSource), deliveriesIn(dataSource), audit, dataSource, around);
  instance = new Instance();
  await database.dataSource.query('DELETE FROM alert_deliveries');
  await database.dataSource.query(`UPDATE clusters SET deleted_at = now() WHERE deleted_at IS NULL`);
  cluster = await around.addCluster();
  await people.remove(ADA);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await instance.notifier.beforeApplicationShutdown();
  await client.onApplicationShutdown();
});

const outbox = (): AlertOutbox => {
  const { dataSource } = database;
  return new AlertOutbox(deliveriesIn(dataSource), statesIn(dataSource), around);
};

/** Records an alert as a tick does: the active condition and its deliveries, in one transaction. */
async function record(
  code: AlertCode,
  state: LiveAlert['state'],
  severity: LiveAlert['severity'],
  { id, ownerId }: Cluster = cluster,
): Promise<void> {
  const alert: LiveAlert = { code, severity, state, message: `${code}!` };
  await database.dataSource.transaction(async (manager) => {
    await manager.query(
      `INSERT INTO cluster_states (cluster_id, ticked_at, engine_state, tracking, alerts) VALUES ($1, now(), '{}', '{}', $2)
        ON CONFLICT (cluster_id) DO UPDATE SET alerts = excluded.alerts`,
      [id, JSON.stringify(state === 'raised' ? [{ code, severity, message: '', since: '' }] : [])],
    );
    const notice = { id: randomUUID(), cluster: { id, name: 'web', ownerId }, at: around.clock.now(), alert };
    await outbox().write([notice], manager);
  });
}

const waiting = async (): Promise<Record<string, unknown>[]> =>
  database.dataSource.query(`SELECT * FROM alert_deliveries ORDER BY receiver, seq`);

/** Moves all queued deliveries back in time. */
async function pass(ms: number): Promise<void> {
  await database.dataSource.query(
    `UPDATE alert_deliveries SET created_at = created_at - $1::float8 * INTERVAL '1 millisecond',
      next_attempt_at = next_attempt_at - $1::float8 * INTERVAL '1 millisecond'`,
    [ms],
  );
}

/** Waits until the receiver has received `count` requests. */
async function heard(count: number): Promise<void> {
  await eventually(`${count} alerts were received`, () => received.length >= count);
}

const notified = (): string[] =>
  received.map(({ body }) => {
    const { data } = JSON.parse(body) as { data: { code: string; state: string } };
    return `${data.code} ${data.state}`;
  });
const ids = (): unknown[] => received.map(({ body }) => (JSON.parse(body) as { id: unknown }).id);

describe('alerts by webhook', () => {
  it('reach the owner of a cluster, signed with the secret that was shown once', async () => {
    const { secret, webhook } = await people.set(ADA, `${server}/hook?token=t0ken`);
    expect(webhook.url).toBe(`${server}/hook?token=t0ken`);
    expect(JSON.stringify(await people.find(ADA))).not.toContain(secret);
    await record('scaling_failed', 'raised', 'critical');
    await record('scaling_failed', 'cleared', 'info');
    await record('drift', 'noticed', 'info');
    await instance.deliver();
    expect(notified()).toEqual(['scaling_failed raised', 'scaling_failed cleared']);
    const [{ path, signature, seconds, body }] = received as [Received];
    expect(path).toBe('/hook?token=t0ken');
    expect(signature).toBe(signatureOf(secret, seconds, body));
    expect(body).not.toContain(secret);
    expect(JSON.parse(body)).toEqual({
      id: expect.any(String),
      type: 'alert',
      cluster_id: cluster.id,
      cluster_name: 'web',
      timestamp: '2026-01-05T12:00:00.000Z',
      data: { code: 'scaling_failed', severity: 'critical', state: 'raised', message: 'scaling_failed!' },
    });
    expect(await waiting()).toEqual([]);
  });

  it('are posted as soon as they are emitted', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    const data: LiveAlert = { code: 'unmet_demand', severity: 'warning', state: 'raised', message: '' };
    instance.bus.emit('alert', { type: 'alert', cluster_id: cluster.id, timestamp: '', data });
    await instance.notifier.idle();
    expect(notified()).toEqual(['unmet_demand raised']);
  });

  it('reach the installation, and report held removals of many clusters once', async () => {
    around.alerts.webhookUrl = `${server}/all`;
    around.alerts.webhookSecret = 'a secret of the installation';
    await people.set(ADA, `${server}/hook`);
    const clusters = [cluster, await around.addCluster(), await around.addCluster()];
    for (const one of clusters) await record('removals_held', 'raised', 'warning', one);
    for (const one of clusters) await record('removals_held', 'cleared', 'info', one);
    await instance.deliver();
    expect(notified().toSorted()).toEqual([
      'removals_held cleared',
      'removals_held cleared',
      'removals_held raised',
      'removals_held raised',
    ]);
    const { signature, seconds, body } = received.find(({ path }) => path === '/all')!;
    expect(signature).toBe(signatureOf('a secret of the installation', seconds, body));
  });

  it('report held removals again after a cluster was deleted while its removal was held', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('removals_held', 'raised', 'warning');
    await around.change(cluster.id, { deletedAt: around.clock.now() });
    await record('removals_held', 'raised', 'warning', await around.addCluster());
    await instance.deliver();
    expect(notified()).toEqual(['removals_held raised', 'removals_held raised']);
  });

  it('follow no redirects', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = [302];
    await record('unmet_demand', 'raised', 'warning');
    await instance.deliver();
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await instance.counted()).toEqual({ delivered: 0, failed: 1, dropped: 0 });
    expect(await waiting()).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://127.0.0.1:1/hook',
    'file:///etc/passwd',
    'https://ada:pw@hooks.example.com/',
    'hooks',
  ])('may not be sent to %s', async (url) => {
    around.alerts.allowedUrls = [server, 'https://hooks.example.com'];
    await expect(people.set(ADA, url)).rejects.toMatchObject({ code: 'webhook_not_allowed' });
  });

  it('never reach a metadata address, even on an allowed server', async () => {
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

describe('queued alerts', () => {
  it('contain neither the URL nor the secret of the webhook', async () => {
    const { secret } = await people.set(ADA, `${server}/hook?token=t0ken`);
    await record('unmet_demand', 'raised', 'warning');
    const text = JSON.stringify(await waiting());
    expect(text).toContain('unmet_demand!');
    expect(text).not.toContain(secret);
    expect(text).not.toContain('t0ken');
  });

  it('cost no statement without alerts, and no row without webhooks', async () => {
    await database.dataSource.transaction(async (manager) => {
      const query = jest.spyOn(manager, 'query');
      const alert: LiveAlert = { code: 'drift', severity: 'info', state: 'noticed', message: '' };
      await outbox().write([], manager);
      await outbox().write([{ id: randomUUID(), cluster, at: 0, alert }], manager);
      expect(query).not.toHaveBeenCalled();
    });
    await record('unmet_demand', 'raised', 'warning');
    expect(await waiting()).toEqual([]);
  });

  it('are retried with back-off and the same id until they are given up', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = Array.from({ length: 10 }, () => 503);
    await record('unmet_demand', 'raised', 'warning');
    const postpone = jest.spyOn(instance.deliveries, 'postpone');
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await instance.deliver();
      await pass(60_000);
    }
    const seconds = postpone.mock.calls.map(([, waitMs]) => waitMs / 1000);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(received).toHaveLength(10);
    expect(new Set(ids()).size).toBe(1);
    expect(await instance.counted()).toEqual({ delivered: 0, failed: 1, dropped: 0 });
    expect(await waiting()).toEqual([]);
  });

  it('keep their order per receiver, and a slow receiver delays no other', async () => {
    around.alerts.webhookUrl = `${server}/all`;
    around.alerts.webhookSecret = 'a secret of the installation';
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    await record('unmet_demand', 'cleared', 'info');
    const of = (path: string): string[] => notified().filter((_one, index) => received[index]?.path === path);
    // The next attempt is then a minute away.
    await database.dataSource.query(`UPDATE alert_deliveries SET attempts = 8`);
    answers = [503];
    await instance.deliver();
    const failed = received[0]!.path;
    const other = failed === '/all' ? '/hook' : '/all';
    expect(of(failed)).toEqual(['unmet_demand raised']);
    expect(of(other)).toEqual(['unmet_demand raised', 'unmet_demand cleared']);
    await pass(60_000);
    await instance.deliver();
    expect(of(failed)).toEqual(['unmet_demand raised', 'unmet_demand raised', 'unmet_demand cleared']);
    expect(await instance.counted()).toEqual({ delivered: 4, failed: 0, dropped: 0 });
  });

  it('are posted once, by one of several instances', async () => {
    const instances = [instance, new Instance(), new Instance()];
    await people.set(ADA, `${server}/hook`);
    for (let count = 0; count < 20; count += 1) {
      await record('unmet_demand', 'raised', 'warning');
      await record('unmet_demand', 'cleared', 'info');
    }
    await Promise.all(instances.map(async (one) => one.deliver()));
    expect(received).toHaveLength(40);
    expect(new Set(ids()).size).toBe(40);
    expect(notified()).toEqual(
      Array.from({ length: 20 }, () => ['unmet_demand raised', 'unmet_demand cleared']).flat(),
    );
  });

  it('stay with the instance that leased them until the lease expires', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = [null];
    await record('unmet_demand', 'raised', 'warning');
    const gone = deliveriesIn(database.dataSource);
    expect(await gone.claim(10, LEASE_MS)).toMatchObject([{ attempts: 1 }]);
    const other = new Instance();
    await pass(LEASE_MS / 2);
    await other.deliver();
    expect(received).toEqual([]);
    await pass(LEASE_MS / 2);
    answers = [];
    await other.deliver();
    expect(notified()).toEqual(['unmet_demand raised']);
    expect(await waiting()).toEqual([]);
  });

  it('ignore an attempt that outlived its lease', async () => {
    const store = deliveriesIn(database.dataSource);
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    const [slow] = await store.claim(1, 0);
    await store.claim(1, LEASE_MS);
    await store.postpone(slow!, 0);
    expect(await store.claim(1, LEASE_MS)).toEqual([]);
  });

  it('are returned when the service stops during an attempt, which is not counted', async () => {
    await people.set(ADA, `${server}/hook`);
    answers = [null];
    await record('unmet_demand', 'raised', 'warning');
    void instance.notifier.sweep();
    await heard(1);
    await instance.notifier.beforeApplicationShutdown();
    expect(await waiting()).toMatchObject([{ attempts: 0 }]);
    await instance.deliver();
    expect(received).toHaveLength(1);
    await new Instance().deliver();
    expect(ids()).toEqual([ids()[0], ids()[0]]);
  });

  it('are limited in number and age: the oldest are dropped, counted and logged', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    await pass(24 * 3_600_000 + 1);
    await instance.notifier.prune();
    expect(await instance.counted()).toMatchObject({ dropped: 1 });
    for (let count = 0; count < 203; count += 1) await record('unmet_demand', 'raised', 'warning');
    const before = await waiting();
    await instance.notifier.prune();
    expect(await waiting()).toEqual(before.slice(3));
    expect(await instance.counted()).toMatchObject({ dropped: 4 });
  });

  it('are removed with the webhook, and go to the one that replaces it', async () => {
    await people.set(ADA, `${server}/old`);
    await record('unmet_demand', 'raised', 'warning');
    await people.remove(ADA);
    expect(await waiting()).toEqual([]);
    await people.set(ADA, `${server}/old`);
    await record('unmet_demand', 'raised', 'warning');
    await people.set(ADA, `${server}/new`);
    await instance.deliver();
    expect(received.map(({ path }) => path)).toEqual(['/new']);
  });

  it('are discarded without an account, and dropped when their server is no longer allowed', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    await database.dataSource.query(`DELETE FROM alert_webhooks`);
    await instance.deliver();
    expect(await instance.counted()).toEqual({ delivered: 0, failed: 0, dropped: 0 });
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    around.alerts.allowedUrls = [];
    await instance.deliver();
    expect(await instance.counted()).toEqual({ delivered: 0, failed: 0, dropped: 1 });
    expect(received).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  it('are posted although their cluster was deleted', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('scaling_failed', 'raised', 'critical');
    await around.change(cluster.id, { deletedAt: around.clock.now() });
    await instance.deliver();
    expect(notified()).toEqual(['scaling_failed raised']);
  });

  it('wait until the database is reachable', async () => {
    await people.set(ADA, `${server}/hook`);
    await record('unmet_demand', 'raised', 'warning');
    const away = jest.spyOn(database.dataSource, 'query').mockRejectedValue(new Error('Connection terminated'));
    await instance.deliver();
    away.mockRestore();
    await instance.deliver();
    expect(notified()).toEqual(['unmet_demand raised']);
  });
});

describe('the alerts of a tick', () => {
  const start = async (): Promise<LoopProcess> => {
    const service = await LoopProcess.create(around);
    await service.loop.wake();
    return service;
  };
  beforeEach(async () => people.set(ADA, `${server}/hook`));

  it('are posted after a crash between recording and posting', async () => {
    const service = await start();
    around.target.fail(cluster.id, { kind: 'unreachable' });
    await service.tick(2);
    // The process died before posting. The next one knows that the alert was raised, and raises no other.
    around.target.fail(cluster.id, null);
    const second = await start();
    await second.tick();
    await instance.deliver();
    expect(notified()).toEqual(['provider_unreachable raised', 'provider_unreachable cleared']);
  });

  it('are written with the tick or not at all', async () => {
    const service = await start();
    around.target.fail(cluster.id, { kind: 'unreachable' });
    const write = jest
      .spyOn(service.get(AlertDeliveryRepository), 'write')
      .mockRejectedValueOnce(new Error('Connection terminated unexpectedly'));
    const before = (await around.decisions(cluster.id)).length;
    await service.tick();
    expect(await around.decisions(cluster.id)).toHaveLength(before);
    expect(await waiting()).toEqual([]);
    write.mockRestore();
    await service.recorder.flush();
    expect(await around.decisions(cluster.id)).toHaveLength(before + 1);
    expect(await waiting()).toHaveLength(1);
  });

  it('are written once, even when the first commit was not confirmed', async () => {
    const service = await start();
    around.target.fail(cluster.id, { kind: 'unreachable' });
    const transaction = database.dataSource.transaction.bind(database.dataSource) as (
      work: unknown,
    ) => Promise<unknown>;
    jest.spyOn(database.dataSource, 'transaction').mockImplementationOnce(async (work: unknown) => {
      await transaction(work);
      throw new Error('Connection terminated unexpectedly');
    });
    await service.tick(2);
    expect(await waiting()).toHaveLength(1);
  });

  it('survive dropped ticks', async () => {
    const service = await LoopProcess.create(around, { bufferTicks: 1 });
    await service.loop.wake();
    around.target.fail(cluster.id, { kind: 'unreachable' });
    const away = jest
      .spyOn(database.dataSource, 'transaction')
      .mockRejectedValue(new Error('Connection terminated unexpectedly'));
    await service.tick(3);
    expect(service.health.status().droppedTicks).toBeGreaterThan(0);
    away.mockRestore();
    await service.tick();
    expect(await waiting()).toHaveLength(1);
  });

  it('survive ticks that the database rejects', async () => {
    const service = await start();
    poison(service, cluster.id);
    await service.tick();
    expect(service.health.status().droppedTicks).toBe(1);
    await service.tick();
    expect(await waiting()).toHaveLength(1);
  });

  it.each([false, true])('are posted for a failed tick, too (database unreachable: %s)', async (isAway) => {
    const service = await start();
    await service.tick();
    await around.change(cluster.id, { policy: null as unknown as Cluster['policy'] });
    const transaction = database.dataSource.transaction.bind(database.dataSource) as (
      work: unknown,
    ) => Promise<unknown>;
    const spy = jest.spyOn(database.dataSource, 'transaction');
    if (isAway) spy.mockRejectedValueOnce(new Error('Connection terminated unexpectedly'));
    spy.mockImplementation(async (work: unknown) => transaction(work));
    await service.tick(2);
    await instance.deliver();
    expect(notified()).toEqual(['tick_failed raised']);
    const manager: EntityManager = database.dataSource.manager;
    expect(await statesIn(database.dataSource).holding('tick_failed', manager)).toEqual([
      { clusterId: cluster.id, ownerId: OWNER },
    ]);
  });
});
