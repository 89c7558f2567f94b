import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { LiveBus } from '../live-events/live-bus.js';
import { AlertDeliveryRepository, type ClaimedDelivery, INSTALLATION } from './alert-delivery.repository.js';
import { isAllowedWebhook } from './alert-webhook.service.js';
import { DeliveryError, WebhookClient, type WebhookTarget } from './webhook.client.js';

const DELIVERIES = 'autoscaler_alert_webhooks_total';
export const notifierMetricProviders = [
  makeCounterProvider({ name: DELIVERIES, help: 'Alerts posted to webhooks, by outcome', labelNames: ['outcome'] }),
];

/**
 * `failed`: the receiver rejected it, or all attempts failed; `dropped`: removed before that, as too old or too many.
 */
const OUTCOMES = ['delivered', 'failed', 'dropped'] as const;
type Outcome = (typeof OUTCOMES)[number];

const SWEEP_EVERY_MS = 1000;
const PRUNE_EVERY_MS = 60_000;
/** Longer than any attempt (see the client's timeouts): an expired lease means that its process is gone. */
export const LEASE_MS = 30_000;
const POSTED_TOGETHER = 20;
const MOST_ATTEMPTS = 10;
/** Wait before the second attempt, doubled after each attempt ... */
const FIRST_WAIT_MS = 1000;
/** ... up to this limit. */
const LONGEST_WAIT_MS = 60_000;
/** Queued deliveries per receiver; above it the oldest are dropped. */
const WAITING = 200;
const OLDEST_MS = 24 * 3_600_000;

/**
 * Posts alerts to the webhook of the installation and to that of the cluster's owner. Each instance leases due
 * deliveries from the database. Each receiver gets its alerts in order, and a slow receiver delays no other.
 */
@Injectable()
export class AlertNotifier implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Alerts');
  private readonly aborter = new AbortController();
  private readonly posting = new Set<Promise<void>>();
  private sweeping: Promise<void> | null = null;
  private sweepAgain = false;
  private isReachable = true;

  constructor(
    bus: LiveBus,
    private readonly deliveries: AlertDeliveryRepository,
    private readonly client: WebhookClient,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'alerts'>,
    @InjectMetric(DELIVERIES) private readonly counter: Counter,
  ) {
    for (const outcome of OUTCOMES) counter.inc({ outcome }, 0);
    // The alert is recorded before it is emitted, so it can be delivered without waiting for the next sweep.
    bus.on('alert', () => void this.sweep());
  }

  /** Returns leased deliveries, so that another instance or the next start posts them. */
  async beforeApplicationShutdown(): Promise<void> {
    this.aborter.abort();
    await this.idle();
  }

  /** Resolves once no due delivery is left. */
  async idle(): Promise<void> {
    while (this.sweeping !== null || this.posting.size > 0) await Promise.all([this.sweeping, ...this.posting]);
  }

  /** Leases due deliveries up to the concurrency limit; resolves once none is left. */
  @Interval('alert-deliveries', SWEEP_EVERY_MS)
  async sweep(): Promise<void> {
    this.sweepAgain = true;
    this.sweeping ??= this.takeOn().finally(() => {
      this.sweeping = null;
    });
    await this.sweeping;
  }

  /** Drops deliveries that are too old or too many. */
  @Interval('alert-deliveries-bounds', PRUNE_EVERY_MS)
  async prune(): Promise<void> {
    await this.withDatabase(async () => {
      for (const { receiver, count } of await this.deliveries.prune(WAITING, OLDEST_MS)) {
        this.giveUp('dropped', receiver, `more than ${WAITING} waited, or they were older than a day`, count);
      }
    });
  }

  private async takeOn(): Promise<void> {
    while (this.sweepAgain && !this.aborter.signal.aborted) {
      this.sweepAgain = false;
      const room = POSTED_TOGETHER - this.posting.size;
      // The next finished delivery sweeps again.
      if (room === 0) return;
      await this.withDatabase(async () => {
        for (const delivery of await this.deliveries.claim(room, LEASE_MS)) this.begin(delivery);
      });
    }
  }

  private begin(delivery: ClaimedDelivery): void {
    // If the outcome cannot be recorded, the delivery is repeated after its lease expires.
    const work = this.withDatabase(async () => this.deliver(delivery)).finally(() => {
      this.posting.delete(work);
      void this.sweep();
    });
    this.posting.add(work);
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const { receiver, attempts, body } = delivery;
    const target = this.targetOf(delivery);
    if (target === null) {
      await this.deliveries.remove(delivery);
      if (delivery.target !== null) this.giveUp('dropped', receiver, 'alerts.allowed_urls no longer lists its server');
      return;
    }
    const { signal } = this.aborter;
    const error = await this.attempt(target, body, signal);
    if (error === null) {
      await this.deliveries.remove(delivery);
      this.counter.inc({ outcome: 'delivered' satisfies Outcome });
    } else if (signal.aborted) {
      await this.deliveries.release(delivery);
    } else if (error.isFinal || attempts >= MOST_ATTEMPTS) {
      await this.deliveries.remove(delivery);
      this.giveUp('failed', receiver, error.message);
    } else {
      await this.deliveries.postpone(delivery, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1)));
    }
  }

  /** @returns the error of a failed attempt; `null`: delivered */
  private async attempt(target: WebhookTarget, body: string, signal: AbortSignal): Promise<DeliveryError | null> {
    try {
      await this.client.post(target, body, this.clock.now(), signal);
      return null;
    } catch (error) {
      return error instanceof DeliveryError ? error : new DeliveryError('sending failed', false, { cause: error });
    }
  }

  /** `null`: the webhook was removed, or its server is no longer allowed. */
  private targetOf({ receiver, target }: ClaimedDelivery): WebhookTarget | null {
    const { webhookUrl: url, webhookSecret: secret, allowedUrls } = this.config.alerts;
    if (receiver === INSTALLATION) return url === '' ? null : { url, secret };
    return target !== null && isAllowedWebhook(target.url, allowedUrls) ? target : null;
  }

  private giveUp(outcome: Exclude<Outcome, 'delivered'>, receiver: string, why: string, count = 1): void {
    this.counter.inc({ outcome }, count);
    const whose = receiver === INSTALLATION ? 'the webhook of the installation' : `the webhook of account ${receiver}`;
    const what = count === 1 ? 'an alert' : `${count} alerts`;
    this.logger.warn(`cannot post ${what} to ${whose} (${outcome}): ${why}`);
  }

  /** An unreachable database is logged once; deliveries continue when it is back. */
  private async withDatabase(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.isReachable = true;
    } catch (error) {
      if (this.isReachable) this.logger.warn(`cannot post alerts yet: ${(error as Error).message}`);
      this.isReachable = false;
    }
  }
}
