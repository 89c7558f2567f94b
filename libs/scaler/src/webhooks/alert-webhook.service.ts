import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { actorOf, type AuditAction, AuditService } from '#auth';
import type { Caller } from '#auth';
import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import { BadRequestError } from '#http';
import type { AlertWebhookDto, CreatedAlertWebhookDto } from './alert-webhook.dto.js';
import { AlertDeliveryRepository } from './alert-delivery.repository.js';
import type { AlertWebhookEntity } from './alert-webhook.entity.js';
import { AlertWebhookRepository } from './alert-webhook.repository.js';

/** Webhooks of accounts. Every change is audited, without the path of the URL and without the secret. */
@Injectable()
export class AlertWebhookService {
  constructor(
    private readonly webhooks: AlertWebhookRepository,
    private readonly deliveries: AlertDeliveryRepository,
    private readonly audit: AuditService,
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'alerts'>,
  ) {}

  async find({ id }: Pick<Caller, 'id'>): Promise<AlertWebhookDto | null> {
    const webhook = await this.webhooks.find(id);
    return webhook === null ? null : toDto(webhook);
  }

  /** Creates a new secret each time. @throws BadRequestError if the server is not allowed */
  async set(caller: Caller, url: string): Promise<CreatedAlertWebhookDto> {
    if (!isAllowedWebhook(url, this.config.alerts.allowedUrls)) {
      const error = 'must lead to a server that alerts.allowed_urls lists, without a name or a password in it';
      throw new BadRequestError('webhook_not_allowed', `url ${error}`, [{ field: 'url', error }]);
    }
    const secret = randomBytes(32).toString('base64url');
    return this.dataSource.transaction(async (manager) => {
      await this.webhooks.put(caller.id, { url, secret }, manager);
      const webhook = await this.webhooks.find(caller.id, manager);
      if (webhook === null) throw new Error('the webhook was not stored');
      await this.record(caller, 'alerts.webhook.set', url, manager);
      return { webhook: toDto(webhook), secret };
    });
  }

  /** Removes the webhook and its queued deliveries. Idempotent. */
  async remove(caller: Caller): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.webhooks.remove(caller.id, manager);
      await this.deliveries.removeOf(caller.id, manager);
      await this.record(caller, 'alerts.webhook.remove', null, manager);
    });
  }

  private async record(
    caller: Caller,
    action: AuditAction,
    url: string | null,
    manager: DataSource['manager'],
  ): Promise<void> {
    const after = url === null ? {} : { after: { server: new URL(url).origin } };
    await this.audit.record(
      { ...actorOf(caller), action, outcome: 'success', targetType: 'user', targetId: caller.id, ...after },
      manager,
    );
  }
}

/** Whether an account may use this URL as its webhook. */
export function isAllowedWebhook(url: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, origin, username, password } = new URL(url);
  if (!/^https?:$/.test(protocol) || username + password !== '') return false;
  return allowed.some((server) => new URL(server).origin === origin);
}

function toDto({ url, createdAt }: AlertWebhookEntity): AlertWebhookDto {
  return { url, created_at: createdAt.toISOString() };
}
