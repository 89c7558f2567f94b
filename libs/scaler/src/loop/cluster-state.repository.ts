import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { HeldAlert } from '../state/cluster-state.js';
import type { EngineState } from '#engine';
import type { AlertCode } from '../events.js';
import type { Backoff } from './cluster-memory.js';
import type { Tracking } from './tracking.js';

/** What the loop remembers of a cluster; see `cluster_states`. */
export interface ClusterStateRow {
  readonly clusterId: string;
  readonly tickedAt: number;
  readonly desired: number | null;
  readonly actual: number | null;
  readonly leadTimeMs: number | null;
  readonly engineState: EngineState;
  /** `null`: as recorded before. Most ticks change nothing about the servers, and writing them again is dear. */
  readonly tracking: Tracking | null;
  /** `null` while no policy is on trial. */
  readonly candidate: StoredCandidate | null;
  /** Conditions that hold. */
  readonly alerts: readonly HeldAlert<AlertCode>[];
  readonly backoff: Backoff | null;
}

/** What a policy on trial remembers. */
export interface StoredCandidate {
  /** Its wire form. */
  readonly policy: unknown;
  readonly policies: EngineState['policies'];
}

export interface StoredClusterState {
  readonly clusterId: string;
  readonly tickedAt: number;
  readonly actual: number | null;
  /** As it was stored; `restoreState` says whether it can still be used. */
  readonly engineState: unknown;
  readonly tracking: Tracking;
  readonly candidate: StoredCandidate | null;
  readonly alerts: readonly HeldAlert<AlertCode>[];
  readonly backoff: Backoff | null;
}

const UPSERT = `INSERT INTO cluster_states AS old
    (cluster_id, ticked_at, desired, actual, lead_time_ms, engine_state, tracking, candidate_policy, candidate_state, alerts, backoff)
  SELECT cluster_id, to_timestamp(ticked_at / 1000.0), desired, actual, lead_time_ms, engine_state,
    coalesce(tracking, '{}'::jsonb), candidate_policy, candidate_state, alerts, backoff
  FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[], $5::int[], $6::jsonb[], $7::jsonb[],
    $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::jsonb[])
    AS row (cluster_id, ticked_at, desired, actual, lead_time_ms, engine_state, tracking, candidate_policy, candidate_state,
      alerts, backoff)
  ON CONFLICT (cluster_id) DO UPDATE SET
    ticked_at = excluded.ticked_at, desired = excluded.desired, actual = excluded.actual,
    lead_time_ms = excluded.lead_time_ms, engine_state = excluded.engine_state,
    candidate_policy = excluded.candidate_policy, candidate_state = excluded.candidate_state,
    alerts = excluded.alerts, backoff = excluded.backoff,
    tracking = CASE WHEN excluded.tracking = '{}'::jsonb THEN old.tracking ELSE excluded.tracking END
  WHERE old.ticked_at <= excluded.ticked_at`;

const WRITE_ALERTS = `UPDATE cluster_states SET alerts = row.alerts
  FROM unnest($1::uuid[], $2::jsonb[]) AS row (cluster_id, alerts)
  WHERE cluster_states.cluster_id = row.cluster_id AND cluster_states.alerts IS DISTINCT FROM row.alerts`;

/** Keeps the loop's memory where it survives the process. */
@Injectable()
export class ClusterStateRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** A piece for statements of others: what is remembered of a cluster. @param clusterId SQL */
  static rowOf(clusterId: string): string {
    return `(SELECT * FROM cluster_states WHERE cluster_id = ${clusterId})`;
  }

  /** One statement for all rows; a row older than what is stored changes nothing. */
  async writeTick(rows: readonly ClusterStateRow[], manager: EntityManager): Promise<void> {
    await manager.query(UPSERT, [
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ tickedAt }) => Math.round(tickedAt)),
      rows.map(({ desired }) => desired),
      rows.map(({ actual }) => actual),
      rows.map(({ leadTimeMs }) => leadTimeMs),
      rows.map(({ engineState }) => JSON.stringify(engineState)),
      rows.map(({ tracking }) => (tracking === null ? null : JSON.stringify(tracking))),
      rows.map(({ candidate }) => (candidate === null ? null : JSON.stringify(candidate.policy))),
      rows.map(({ candidate }) => (candidate === null ? null : JSON.stringify(candidate.policies))),
      rows.map(({ alerts }) => (alerts.length === 0 ? null : JSON.stringify(alerts))),
      rows.map(({ backoff }) => (backoff === null ? null : JSON.stringify(backoff))),
    ]);
  }

  /** Replaces the conditions of clusters whose tick failed; the rest of what is remembered of them stays. */
  async writeAlerts(
    rows: readonly Pick<ClusterStateRow, 'clusterId' | 'alerts'>[],
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(WRITE_ALERTS, [
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ alerts }) => JSON.stringify(alerts)),
    ]);
  }

  /** The clusters in which a condition holds, as far as this transaction sees; deleted ones are left out. */
  async holding(
    code: AlertCode,
    manager: EntityManager,
  ): Promise<readonly { readonly clusterId: string; readonly ownerId: string }[]> {
    return manager.query(
      `SELECT id AS "clusterId", owner_id AS "ownerId" FROM clusters JOIN cluster_states ON cluster_id = id
        WHERE deleted_at IS NULL AND alerts @> jsonb_build_array(jsonb_build_object('code', $1::text))`,
      [code],
    );
  }

  /** When each of these clusters was last ticked, by what is recorded (milliseconds since the epoch); those never ticked are missing. */
  async tickedAt(clusterIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.dataSource.query<{ cluster_id: string; ticked_at: Date }[]>(
      `SELECT cluster_id, ticked_at FROM cluster_states WHERE cluster_id = ANY ($1::uuid[])`,
      [clusterIds],
    );
    return new Map(rows.map((row) => [row.cluster_id, row.ticked_at.getTime()]));
  }

  /** The measured lead time of a cluster, from which backtests start; `null` where none was measured. */
  async leadTimeMs(clusterId: string): Promise<number | null> {
    const [row] = await this.dataSource.query<{ lead_time_ms: number | null }[]>(
      `SELECT lead_time_ms FROM cluster_states WHERE cluster_id = $1`,
      [clusterId],
    );
    return row?.lead_time_ms ?? null;
  }

  async load(clusterIds: readonly string[]): Promise<StoredClusterState[]> {
    if (clusterIds.length === 0) return [];
    const rows: {
      cluster_id: string;
      ticked_at: Date;
      actual: number | null;
      engine_state: unknown;
      tracking: Tracking;
      candidate_policy: unknown;
      candidate_state: EngineState['policies'] | null;
      alerts: HeldAlert<AlertCode>[] | null;
      backoff: Backoff | null;
    }[] = await this.dataSource.query(
      `SELECT cluster_id, ticked_at, actual, engine_state, tracking, candidate_policy, candidate_state, alerts, backoff
         FROM cluster_states WHERE cluster_id = ANY ($1::uuid[])`,
      [clusterIds],
    );
    return rows.map((row) => ({
      clusterId: row.cluster_id,
      tickedAt: row.ticked_at.getTime(),
      actual: row.actual,
      engineState: row.engine_state,
      tracking: row.tracking,
      candidate: row.candidate_state === null ? null : { policy: row.candidate_policy, policies: row.candidate_state },
      alerts: row.alerts ?? [],
      backoff: row.backoff,
    }));
  }
}
