import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { HistoryPage } from '../paging.js';
import { ScalingEventEntity } from './scaling-event.entity.js';
import { toScalingEvent } from './scaling-event.store.js';
import type { ScalingEventRow } from './scaling-event.store.js';
import type { ScalingEvent, ScalingOutcome } from './scaling-event.js';

export interface ScalingTotals {
  readonly action: ScalingEvent['action'];
  readonly policy: string;
  readonly outcome: ScalingOutcome;
  readonly events: number;
  /** Servers added or removed, without sign. */
  readonly servers: number;
  readonly lastAt: Date;
}

/** Reads scaling events. */
@Injectable()
export class ScalingEventRepository {
  constructor(@InjectRepository(ScalingEventEntity) private readonly events: Repository<ScalingEventEntity>) {}

  /** A piece for statements of others: the newest event. @param clusterId SQL */
  static newestOf(clusterId: string): string {
    return `(SELECT * FROM scaling_events WHERE cluster_id = ${clusterId} ORDER BY at DESC, id DESC LIMIT 1)`;
  }

  /** Newest first, one more than `page.limit` where there are more. */
  async list(clusterId: string, page: HistoryPage): Promise<ScalingEvent[]> {
    return this.select('cluster_id = $6', clusterId, page);
  }

  /** Of all clusters, deleted ones too, or of those of one owner. */
  async recent(ownerId: string | null, page: HistoryPage): Promise<ScalingEvent[]> {
    const owned = '($6::uuid IS NULL OR cluster_id IN (SELECT clusters.id FROM clusters WHERE owner_id = $6))';
    return this.select(owned, ownerId, page);
  }

  async totals(clusterId: string, from: string | null, to: string | null): Promise<ScalingTotals[]> {
    return this.events.query(
      `SELECT action, policy, outcome, count(*)::int AS events,
          coalesce(sum(abs(servers_after - servers_before)), 0)::int AS servers, max(at) AS "lastAt"
        FROM scaling_events
        WHERE cluster_id = $1
          AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at <= $3)
        GROUP BY action, policy, outcome`,
      [clusterId, from, to],
    );
  }

  private async select(condition: string, value: string | null, page: HistoryPage): Promise<ScalingEvent[]> {
    const { from, to, after, limit } = page;
    const rows: ScalingEventRow[] = await this.events.query(
      `SELECT * FROM scaling_events
        WHERE ${condition}
          AND ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at <= $2)
          AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
        ORDER BY at DESC, id DESC LIMIT $5`,
      [from, to, after?.at ?? null, after?.id ?? null, limit + 1, value],
    );
    return rows.map(toScalingEvent);
  }
}
