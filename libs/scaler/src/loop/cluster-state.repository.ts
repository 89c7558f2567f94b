import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, type EntityManager, type Repository } from 'typeorm';
import { ClusterRepository } from '#clusters';
import type { EngineState } from '#engine';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import type { HeldAlert } from '../state/cluster-state.js';
import type { Backoff } from './cluster-memory.js';
import { ClusterStateEntity } from './cluster-state.entity.js';
import type { Tracking } from './tracking.js';

/** The loop's memory of a cluster; a row of `cluster_states`. */
export interface ClusterStateRow {
  readonly clusterId: string;
  readonly tickedAt: number;
  readonly desired: number | null;
  readonly actual: number | null;
  readonly leadTimeMs: number | null;
  readonly engineState: EngineState;
  /** `null`: unchanged. Most ticks change no server, and writing the list again is expensive. */
  readonly tracking: Tracking | null;
  /** `null`: no policy is on trial. */
  readonly candidate: StoredCandidate | null;
  /** Active conditions. */
  readonly alerts: readonly HeldAlert<AlertCode>[];
  readonly backoff: Backoff | null;
}

/** Stored state of the policy on trial. */
export interface StoredCandidate {
  /** In its wire format. */
  readonly policy: unknown;
  readonly policies: EngineState['policies'];
}

export interface StoredClusterState {
  readonly clusterId: string;
  readonly tickedAt: number;
  readonly actual: number | null;
  /** As stored; `restoreState` checks whether it is still usable. */
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

/** Stores the loop's memory, so that it survives restarts. */
@Injectable()
export class ClusterStateRepository {
  constructor(@InjectRepository(ClusterStateEntity) private readonly states: Repository<ClusterStateEntity>) {}

  /** SQL fragment: the row of a cluster. @param clusterId SQL expression */
  static rowOf(clusterId: string): string {
    return `(SELECT * FROM cluster_states WHERE cluster_id = ${clusterId})`;
  }

  /** Writes all rows in one statement. A row older than the stored one changes nothing. */
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

  /** Replaces the conditions of clusters whose tick failed; their other columns stay. */
  async writeAlerts(
    rows: readonly Pick<ClusterStateRow, 'clusterId' | 'alerts'>[],
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(WRITE_ALERTS, [
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ alerts }) => JSON.stringify(alerts)),
    ]);
  }

  /** Clusters with an active condition, as this transaction sees them; deleted clusters are left out. */
  async holding(
    code: AlertCode,
    manager: EntityManager,
  ): Promise<readonly { readonly clusterId: string; readonly ownerId: string }[]> {
    return manager.query(
      `SELECT cluster.id AS "clusterId", cluster.owner_id AS "ownerId"
         FROM cluster_states JOIN ${ClusterRepository.PRESENT} AS cluster ON cluster.id = cluster_id
        WHERE alerts @> jsonb_build_array(jsonb_build_object('code', $1::text))`,
      [code],
    );
  }

  /** Last recorded tick of each cluster (milliseconds since the epoch); clusters that were never ticked are missing. */
  async tickedAt(clusterIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const states = await this.states.find({
      select: { clusterId: true, tickedAt: true },
      where: { clusterId: Any(clusterIds) },
    });
    return new Map(states.map(({ clusterId, tickedAt }) => [clusterId, tickedAt.getTime()]));
  }

  /** The measured lead time of a cluster, the start value of backtests; `null` if none was measured. */
  async leadTimeMs(clusterId: string): Promise<number | null> {
    const state = await this.states.findOne({ select: { clusterId: true, leadTimeMs: true }, where: { clusterId } });
    return state?.leadTimeMs ?? null;
  }

  /** The reference count as of the last tick; `null` if it is unknown. */
  async desired(clusterId: string): Promise<number | null> {
    const state = await this.states.findOne({ select: { clusterId: true, desired: true }, where: { clusterId } });
    return state?.desired ?? null;
  }

  async load(clusterIds: readonly string[]): Promise<StoredClusterState[]> {
    if (clusterIds.length === 0) return [];
    const states = await this.states.findBy({ clusterId: Any(clusterIds) });
    return states.map(({ clusterId, tickedAt, actual, engineState, tracking, alerts, backoff, ...state }) => ({
      clusterId,
      tickedAt: tickedAt.getTime(),
      actual,
      engineState,
      tracking,
      candidate:
        state.candidateState === null ? null : { policy: state.candidatePolicy, policies: state.candidateState },
      alerts: alerts ?? [],
      backoff,
    }));
  }
}
