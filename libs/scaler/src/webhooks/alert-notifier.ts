import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { type LiveAlert, LiveBus, type LiveEvents } from '../events.js';
import { ClusterRegistry } from '../loop/cluster-registry.js';
import { isAllowedWebhook } from './alert-webhook.service.js';
import { AlertWebhookStore } from './alert-webhook.store.js';
import { DeliveryQueue, type Outcome, OUTCOMES } from './delivery-queue.js';
import { WebhookClient, type WebhookTarget } from './webhook.client.js';

const DELIVERIES = 'autoscaler_alert_webhooks_total';
export const notifierMetricProviders = [
  makeCounterProvider({ name: DELIVERIES, help: 'Alerts posted to webhooks, by outcome', labelNames: ['outcome'] }),
];

const INSTALLATION = 'installation';
const QUEUE = { waiting: 200, attempts: 10, firstWaitMs: 1000, longestWaitMs: 60_000 };

/** Posts alerts to whoever does not watch the page: to the webhook of the installation, and to that of the cluster's owner. */
@Injectable()
export class AlertNotifier implements OnApplicationShutdown {
  private readonly logger = new Logger('Alerts');
  private readonly queue: DeliveryQueue;
  /** Clusters whose removals are held, by receiver: however many they are, they are one alert. */
  private readonly held = new Map<string, Set<string>>();

  constructor(
    bus: LiveBus,
    private readonly registry: ClusterRegistry,
    private readonly webhooks: AlertWebhookStore,
    private readonly client: WebhookClient,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'alerts'>,
    @InjectMetric(DELIVERIES) private readonly deliveries: Counter,
  ) {
    for (const outcome of OUTCOMES) deliveries.inc({ outcome }, 0);
    this.queue = new DeliveryQueue(QUEUE, (outcome, receiver, error) => this.note(outcome, receiver, error));
    bus.on('alert', (event) => this.hear(event));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.stop();
  }

  /** Resolves once all that was heard is delivered or given up. */
  async idle(): Promise<void> {
    await this.queue.idle();
  }

  private hear(event: LiveEvents['alert']): void {
    const cluster = this.registry.get(event.cluster_id)?.cluster;
    if (cluster === undefined || !isWorthIt(event.data)) return;
    const body = bodyOf(event, cluster.name);
    const { webhookUrl: url, webhookSecret: secret } = this.config.alerts;
    if (url !== '') this.send(INSTALLATION, event, body, async () => ({ url, secret }));
    this.send(cluster.ownerId, event, body, async () => this.ownerTarget(cluster.ownerId));
  }

  private send(
    receiver: string,
    event: LiveEvents['alert'],
    body: string,
    target: () => Promise<WebhookTarget | null>,
  ): void {
    if (!this.isNews(receiver, event)) return;
    this.queue.push(receiver, async (signal) => {
      const found = await target();
      if (found === null) return;
      await this.client.post(found, body, this.clock.now(), signal);
      this.deliveries.inc({ outcome: 'delivered' satisfies Outcome });
    });
  }

  private isNews(receiver: string, { cluster_id: id, data }: LiveEvents['alert']): boolean {
    if (data.code !== 'removals_held') return true;
    const held = this.held.get(receiver) ?? new Set<string>();
    const before = held.size;
    if (data.state === 'raised') held.add(id);
    else held.delete(id);
    if (held.size === 0) this.held.delete(receiver);
    else this.held.set(receiver, held);
    return data.state === 'raised' ? before === 0 : before > 0 && held.size === 0;
  }

  /** `null` where the owner has none, or its server is no longer allowed. */
  private async ownerTarget(ownerId: string): Promise<WebhookTarget | null> {
    const webhook = await this.webhooks.find(ownerId);
    return webhook !== null && isAllowedWebhook(webhook.url, this.config.alerts.allowedUrls) ? webhook : null;
  }

  private note(outcome: Outcome, receiver: string, error: unknown): void {
    if (outcome === 'delivered') return;
    this.deliveries.inc({ outcome });
    const whose = receiver === INSTALLATION ? 'the webhook of the installation' : `the webhook of account ${receiver}`;
    const why = error instanceof Error ? `: ${error.message}` : '';
    this.logger.warn(`an alert could not be posted to ${whose} (${outcome})${why}`);
  }
}

function isWorthIt({ state, severity }: LiveAlert): boolean {
  return state === 'cleared' || severity !== 'info';
}

function bodyOf({ cluster_id, timestamp, data }: LiveEvents['alert'], name: string): string {
  const { code, severity, state, message } = data;
  return JSON.stringify({
    id: randomUUID(),
    type: 'alert',
    cluster_id,
    cluster_name: name,
    timestamp,
    data: { code, severity, state, message },
  });
}
