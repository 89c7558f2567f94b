import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { ClusterRepository } from '#clusters';
import { type Fence, PartitionRepository } from '#partitions';
import type { HistoryPage } from '../paging.js';
import { ScalingEventEntity } from './scaling-event.entity.js';
import type { ScalingEvent, ScalingOutcome } from './scaling-event.js';

const COLUMNS = `id, cluster_id, at, finished_at, action, servers_before, servers_after, desired, policy, code, reason, outcome, error, recorded_late_at, simulated`;

// Skips a cluster that was deleted, paused or taken over by another instance since the wake began: the joins are the
// final check.
const INTEND = `INSERT INTO scaling_events
    (id, cluster_id, at, action, servers_before, desired, policy, code, reason, outcome)
  SELECT row.id, row.cluster_id, to_timestamp(row.at / 1000.0), row.action, row.servers_before, row.desired, row.policy,
    row.code, row.reason, 'pending'
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[],
    $10::int[], $11::bigint[])
    AS row (id, cluster_id, at, action, servers_before, desired, policy, code, reason, partition, token)
  JOIN ${ClusterRepository.ACTABLE} AS cluster ON cluster.id = row.cluster_id
  WHERE row.token IS NULL OR ${PartitionRepository.isHeldUnder('row.partition', 'row.token')}
  RETURNING id`;

const RECORD_LATE = `INSERT INTO scaling_events
    (id, cluster_id, at, action, servers_before, desired, policy, code, reason, outcome, recorded_late_at)
  SELECT id, cluster_id, to_timestamp(at / 1000.0), action, servers_before, desired, policy, code, reason, 'pending',
    to_timestamp($2::bigint / 1000.0)
  FROM json_to_recordset($1::json) AS row (id uuid, cluster_id uuid, at bigint, action text, servers_before int,
    desired int, policy text, code text, reason text)
  ON CONFLICT (id) DO NOTHING`;

const RECORD_SIMULATED = `INSERT INTO scaling_events
    (id, cluster_id, at, finished_at, action, servers_before, servers_after, desired, policy, code, reason, outcome, simulated)
  SELECT id, cluster_id, to_timestamp(at / 1000.0), to_timestamp(at / 1000.0), action, servers_before, desired, desired, policy, code,
    reason, 'success', true
  FROM json_to_recordset($1::json) AS row (id uuid, cluster_id uuid, at bigint, action text, servers_before int,
    desired int, policy text, code text, reason text)`;

const FINISH = `UPDATE scaling_events SET
    finished_at = to_timestamp(row.finished_at / 1000.0), servers_after = row.servers_after, outcome = row.outcome,
    error = row.error
  FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::text[])
    AS row (id, finished_at, servers_after, outcome, error)
  WHERE scaling_events.id = row.id AND scaling_events.outcome = 'pending'`;

interface ScalingEventRow {
  id: string;
  cluster_id: string;
  at: Date;
  finished_at: Date | null;
  action: 'SCALE_UP' | 'SCALE_DOWN';
  servers_before: number;
  servers_after: number | null;
  desired: number;
  policy: ScalingEvent['policy'];
  code: string;
  reason: string;
  outcome: ScalingOutcome;
  error: string | null;
  recorded_late_at: Date | null;
  simulated: boolean;
}

/** An event as stored. */
export interface RecordedEvent extends ScalingEvent {
  /** When the intent was recorded, if the database was down before the request; `null`: it was recorded in time. */
  readonly recordedLateAt: number | null;
  /** Part of a simulated past: nothing was scaled. */
  readonly simulated: boolean;
}

/** An event of a simulated past. */
export type SimulatedEvent = Omit<ScalingEvent, 'finishedAt' | 'serversAfter' | 'outcome' | 'error'>;

export interface Intent {
  readonly event: ScalingEvent;
  /** `null`: single instance, no other can act for the cluster. */
  readonly fence: Fence | null;
}

export interface ScalingTotals {
  readonly action: ScalingEvent['action'];
  readonly policy: string;
  readonly outcome: ScalingOutcome;
  readonly events: number;
  /** Servers added or removed; not negative. */
  readonly servers: number;
  readonly lastAt: Date;
}

/** Stores attempts: the intent before the request, the outcome after it. */
@Injectable()
export class ScalingEventRepository {
  constructor(@InjectRepository(ScalingEventEntity) private readonly events: Repository<ScalingEventEntity>) {}

  /** SQL fragment: the newest event that was not simulated. @param clusterId SQL expression */
  static newestOf(clusterId: string): string {
    return `(SELECT * FROM scaling_events WHERE cluster_id = ${clusterId} AND NOT simulated ORDER BY at DESC, id DESC LIMIT 1)`;
  }

  /** Newest first. Returns `page.limit` + 1 rows if there are more. */
  async list(clusterId: string, page: HistoryPage): Promise<RecordedEvent[]> {
    return this.select('cluster_id = $6', clusterId, page);
  }

  /** Events of all clusters, including deleted ones, or only of one owner's; without simulated pasts. */
  async recent(ownerId: string | null, page: HistoryPage): Promise<RecordedEvent[]> {
    const owned = `NOT simulated AND ($6::uuid IS NULL OR cluster_id IN ${ClusterRepository.ownedBy('$6')})`;
    return this.select(owned, ownerId, page);
  }

  /** Without a simulated past. */
  async totals(clusterId: string, from: string | null, to: string | null): Promise<ScalingTotals[]> {
    return this.events.query(
      `SELECT action, policy, outcome, count(*)::int AS events,
          coalesce(sum(abs(servers_after - servers_before)), 0)::int AS servers, max(at) AS "lastAt"
        FROM scaling_events
        WHERE cluster_id = $1 AND NOT simulated
          AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at <= $3)
        GROUP BY action, policy, outcome`,
      [clusterId, from, to],
    );
  }

  /** Records intents in one statement; returns the ids of those that may be carried out. */
  async intend(intents: readonly Intent[]): Promise<ReadonlySet<string>> {
    if (intents.length === 0) return new Set();
    const events = intents.map(({ event }) => event);
    const rows: { id: string }[] = await this.events.query(INTEND, [
      events.map(({ id }) => id),
      events.map(({ clusterId }) => clusterId),
      events.map(({ at }) => Math.round(at)),
      events.map(({ action }) => action),
      events.map(({ serversBefore }) => serversBefore),
      events.map(({ desired }) => desired),
      events.map(({ policy }) => policy),
      events.map(({ code }) => code),
      events.map(({ reason }) => reason),
      intents.map(({ fence }) => fence?.partition ?? null),
      intents.map(({ fence }) => fence?.token ?? null),
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Records intents that were carried out while the database was down, as pending, in one statement. Recorded ones stay
   * unchanged.
   *
   * @param now milliseconds since the epoch
   */
  async recordLate(events: readonly ScalingEvent[], now: number, manager: EntityManager): Promise<void> {
    await manager.query(RECORD_LATE, [JSON.stringify(events.map(toRow)), Math.round(now)]);
  }

  /** Records events of a simulated past in one statement: each had what it requested at once. */
  async recordSimulated(events: readonly SimulatedEvent[], manager: EntityManager): Promise<void> {
    await manager.query(RECORD_SIMULATED, [JSON.stringify(events.map(toRow))]);
  }

  /** Removes events of a simulated past that are older than a time, milliseconds since the epoch. */
  async removeSimulated(clusterId: string, before: number): Promise<void> {
    await this.events.query(
      `DELETE FROM scaling_events WHERE cluster_id = $1 AND simulated AND at < to_timestamp($2::float8 / 1000)`,
      [clusterId, before],
    );
  }

  /** Records outcomes in one statement. Intents that are finished, or were never recorded, stay unchanged. */
  async finish(events: readonly ScalingEvent[], manager: EntityManager): Promise<void> {
    await manager.query(FINISH, [
      events.map(({ id }) => id),
      events.map(({ finishedAt }) => (finishedAt === null ? null : Math.round(finishedAt))),
      events.map(({ serversAfter }) => serversAfter),
      events.map(({ outcome }) => outcome),
      events.map(({ error }) => error),
    ]);
  }

  /** Closes pending intents of deleted clusters; their outcome stays unknown. */
  async abandon(): Promise<void> {
    await this.events.query(
      `UPDATE scaling_events SET outcome = 'failed', finished_at = now(),
          error = 'the cluster was deleted before the outcome was known'
        WHERE outcome = 'pending' AND cluster_id IN ${ClusterRepository.DELETED}`,
    );
  }

  /** Intents with unknown outcome. */
  async pending(clusterIds: readonly string[]): Promise<RecordedEvent[]> {
    if (clusterIds.length === 0) return [];
    const rows: ScalingEventRow[] = await this.events.query(
      `SELECT ${COLUMNS} FROM scaling_events WHERE outcome = 'pending' AND cluster_id = ANY ($1::uuid[]) ORDER BY at`,
      [clusterIds],
    );
    return rows.map(toScalingEvent);
  }

  private async select(condition: string, value: string | null, page: HistoryPage): Promise<RecordedEvent[]> {
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

function toRow({ id, clusterId, at, action, serversBefore, desired, policy, code, reason }: SimulatedEvent): object {
  const counts = { servers_before: serversBefore, desired };
  return { id, cluster_id: clusterId, at: Math.round(at), action, ...counts, policy, code, reason };
}

function toScalingEvent(row: ScalingEventRow): RecordedEvent {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    at: row.at.getTime(),
    finishedAt: row.finished_at?.getTime() ?? null,
    action: row.action,
    serversBefore: row.servers_before,
    serversAfter: row.servers_after,
    desired: row.desired,
    policy: row.policy,
    code: row.code,
    reason: row.reason,
    outcome: row.outcome,
    error: row.error,
    recordedLateAt: row.recorded_late_at?.getTime() ?? null,
    simulated: row.simulated,
  };
}
