import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { WebhookTarget } from './webhook.client.js';

export interface AlertWebhook extends WebhookTarget {
  readonly createdAt: Date;
}

/** Where alerts of an account's clusters are posted. */
@Injectable()
export class AlertWebhookRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(userId: string, manager: EntityManager = this.dataSource.manager): Promise<AlertWebhook | null> {
    const [row] = await manager.query<{ url: string; secret: string; created_at: Date }[]>(
      `SELECT url, secret, created_at FROM alert_webhooks WHERE user_id = $1`,
      [userId],
    );
    return row === undefined ? null : { url: row.url, secret: row.secret, createdAt: row.created_at };
  }

  /** Takes the place of the one before. */
  async put(userId: string, { url, secret }: WebhookTarget, manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO alert_webhooks (user_id, url, secret) VALUES ($1, $2, $3)
       ON CONFLICT (user_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = clock_timestamp()`,
      [userId, url, secret],
    );
  }

  /** With what waits to be posted there. */
  async remove(userId: string, manager: EntityManager): Promise<void> {
    await manager.query(`DELETE FROM alert_webhooks WHERE user_id = $1`, [userId]);
    await manager.query(`DELETE FROM alert_deliveries WHERE receiver = $1`, [userId]);
  }
}
