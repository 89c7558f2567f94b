import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { AlertWebhookEntity } from './alert-webhook.entity.js';
import type { WebhookTarget } from './webhook.client.js';

/** Stores webhooks of accounts. */
@Injectable()
export class AlertWebhookRepository {
  constructor(@InjectRepository(AlertWebhookEntity) private readonly webhooks: Repository<AlertWebhookEntity>) {}

  async find(userId: string, manager = this.webhooks.manager): Promise<AlertWebhookEntity | null> {
    return manager.withRepository(this.webhooks).findOneBy({ userId });
  }

  /** Replaces the previous webhook. */
  async put(userId: string, { url, secret }: WebhookTarget, manager: EntityManager): Promise<void> {
    const createdAt = (): string => 'clock_timestamp()';
    await manager.withRepository(this.webhooks).upsert({ userId, url, secret, createdAt }, ['userId']);
  }

  async remove(userId: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.webhooks).delete({ userId });
  }
}
