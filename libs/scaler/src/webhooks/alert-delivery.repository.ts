import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { AlertDeliveryEntity } from './alert-delivery.entity.js';
import type { WebhookTarget } from './webhook.client.js';

/** Receiver id of the installation's webhook. */
export const INSTALLATION = '00000000-0000-0000-0000-000000000000';

/** An alert queued for one receiver. */
export interface AlertDelivery {
  /** The alert's id; the same for every attempt. */
  readonly id: string;
  readonly receiver: string;
  readonly body: string;
}

/** A delivery leased by this instance. */
export interface ClaimedDelivery extends AlertDelivery {
  /** Includes this attempt. */
  readonly attempts: number;
  /** The webhook of the receiver's account; `null`: the installation's, or the account has none any more. */
  readonly target: WebhookTarget | null;
}

interface ClaimedRow {
  readonly id: string;
  readonly receiver: string;
  readonly body: string;
  readonly attempts: number;
  readonly url: string | null;
  readonly secret: string | null;
}

const INSERT = `INSERT INTO alert_deliveries (id, receiver, body)
  SELECT id, receiver, body
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS row (id, receiver, body, place)
   WHERE receiver = $4 OR EXISTS (SELECT FROM alert_webhooks WHERE user_id = receiver)
   ORDER BY place
  ON CONFLICT (id, receiver) DO NOTHING`;

// Only the oldest delivery of a receiver is due, which keeps the order; the recursion finds it without reading those
// behind it.
const CLAIM = `WITH RECURSIVE oldest AS (
    (SELECT id, receiver FROM alert_deliveries ORDER BY receiver, seq LIMIT 1)
    UNION ALL
    SELECT next.id, next.receiver FROM oldest CROSS JOIN LATERAL (
      SELECT id, receiver FROM alert_deliveries WHERE receiver > oldest.receiver ORDER BY receiver, seq LIMIT 1
    ) AS next
  ), due AS MATERIALIZED (
    SELECT delivery.id, delivery.receiver FROM alert_deliveries AS delivery JOIN oldest USING (id, receiver)
     WHERE delivery.next_attempt_at <= clock_timestamp()
     ORDER BY delivery.next_attempt_at LIMIT $1 FOR UPDATE OF delivery SKIP LOCKED
  )
  UPDATE alert_deliveries AS delivery
     SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2::float8 * INTERVAL '1 millisecond'
    FROM due LEFT JOIN alert_webhooks AS webhook ON webhook.user_id = due.receiver
   WHERE delivery.id = due.id AND delivery.receiver = due.receiver
  RETURNING delivery.id, delivery.receiver, delivery.body, delivery.attempts, webhook.url, webhook.secret`;

// An attempt that outlived its lease must not change the attempt that followed it.
const POSTPONE = `UPDATE alert_deliveries
    SET next_attempt_at = clock_timestamp() + $4::float8 * INTERVAL '1 millisecond', attempts = $5
  WHERE id = $1 AND receiver = $2 AND attempts = $3`;

const PRUNE = `WITH ranked AS (
    SELECT id, receiver, created_at, row_number() OVER (PARTITION BY receiver ORDER BY seq DESC) AS place
      FROM alert_deliveries
  ), pruned AS (
    DELETE FROM alert_deliveries AS delivery USING ranked
     WHERE delivery.id = ranked.id AND delivery.receiver = ranked.receiver
       AND (ranked.place > $1 OR ranked.created_at < clock_timestamp() - $2::float8 * INTERVAL '1 millisecond')
    RETURNING delivery.receiver
  )
  SELECT receiver, count(*)::int AS count FROM pruned GROUP BY receiver`;

/**
 * Queue of alert deliveries (transactional outbox). Written with the alert and removed on delivery, so that no crash or
 * outage loses one. All times are the database's, so that instances agree.
 */
@Injectable()
export class AlertDeliveryRepository {
  constructor(@InjectRepository(AlertDeliveryEntity) private readonly deliveries: Repository<AlertDeliveryEntity>) {}

  /** Writes all rows in one statement; accounts without a webhook are left out. Idempotent. */
  async write(deliveries: readonly AlertDelivery[], manager: EntityManager): Promise<void> {
    if (deliveries.length === 0) return;
    await manager.query(INSERT, [
      deliveries.map(({ id }) => id),
      deliveries.map(({ receiver }) => receiver),
      deliveries.map(({ body }) => body),
      INSTALLATION,
    ]);
  }

  /**
   * Leases due deliveries, at most one per receiver. Other instances skip them until `leaseMs` have passed.
   *
   * @param most maximum number
   */
  async claim(most: number, leaseMs: number): Promise<ClaimedDelivery[]> {
    const [rows] = await this.deliveries.query<[readonly ClaimedRow[], number]>(CLAIM, [most, leaseMs]);
    return rows.map(({ url, secret, ...delivery }) => ({
      ...delivery,
      target: url === null || secret === null ? null : { url, secret },
    }));
  }

  /** Removes a delivery that arrived or was given up. */
  async remove({ id, receiver }: AlertDelivery): Promise<void> {
    await this.deliveries.delete({ id, receiver });
  }

  /** Removes all deliveries of a receiver. */
  async removeOf(receiver: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.deliveries).delete({ receiver });
  }

  /** Schedules the next attempt after `waitMs`. */
  async postpone({ id, receiver, attempts }: ClaimedDelivery, waitMs: number): Promise<void> {
    await this.deliveries.query(POSTPONE, [id, receiver, attempts, waitMs, attempts]);
  }

  /** Returns a leased delivery without counting the interrupted attempt. */
  async release({ id, receiver, attempts }: ClaimedDelivery): Promise<void> {
    await this.deliveries.query(POSTPONE, [id, receiver, attempts, 0, attempts - 1]);
  }

  /**
   * Removes deliveries older than `ageMs`, and all but the newest `keep` per receiver. @returns removed deliveries by
   * receiver
   */
  async prune(keep: number, ageMs: number): Promise<readonly { readonly receiver: string; readonly count: number }[]> {
    return this.deliveries.query(PRUNE, [keep, ageMs]);
  }
}
