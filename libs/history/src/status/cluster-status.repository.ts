import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '#config';
import { ClusterRepository, type ClusterRow, holdToDto } from '#clusters';
import type { Cluster } from '#clusters';
import { ObservationRepository } from '#metrics';
import { ClusterStateRepository, DecisionRepository, type HeldAlert, serviceLevelState, stateOf } from '#scaler';
import type { ClusterStatusDto } from './cluster-status.dto.js';

interface StatusRow extends ClusterRow {
  readonly ticked_at: Date | null;
  readonly engine_state: unknown;
  readonly alerts: readonly HeldAlert[] | null;
  readonly desired: number | null;
  readonly lead_time_ms: number | null;
  readonly active: number | null;
  readonly provisioning: number | null;
  readonly draining: number | null;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly request_rate: number | null;
  readonly demand: number | null;
  readonly staleness_ms: number | null;
  readonly decision_id: string | null;
  readonly decided_at: Date;
  readonly action: 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';
  readonly decided: number;
  readonly reason: string;
}

/** State of a cluster as of its last tick. */
@Injectable()
export class ClusterStatusRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clusters: ClusterRepository,
    private readonly clock: Clock,
  ) {}

  /** The cluster and its state in one statement; `null` if it does not exist or was deleted. */
  async find(id: string): Promise<{ cluster: Cluster; status: ClusterStatusDto } | null> {
    const [row] = await this.dataSource.query<StatusRow[]>(
      `SELECT c.*, s.ticked_at, s.engine_state, s.alerts, s.desired, s.lead_time_ms, o.active, o.provisioning, o.draining, o.cpu, o.memory, o.request_rate, o.demand,
              o.staleness_ms, d.id AS decision_id, d.at AS decided_at, d.action, d.desired AS decided, d.reason
         FROM ${ClusterRepository.rowOf('$1')} c
         LEFT JOIN LATERAL ${ClusterStateRepository.rowOf('c.id')} s ON true
         LEFT JOIN LATERAL ${ObservationRepository.newestOf('c.id')} o ON true
         LEFT JOIN LATERAL ${DecisionRepository.newestOf('c.id')} d ON true`,
      [id],
    );
    if (row === undefined) return null;
    const cluster = this.clusters.toCluster(row);
    return { cluster, status: toStatus(cluster, row, this.clock.now()) };
  }
}

function toStatus(cluster: Cluster, row: StatusRow, now: number): ClusterStatusDto {
  const { active, provisioning, draining } = row;
  const serviceLevel = cluster.policy.slo === undefined ? null : serviceLevelState(row.engine_state, now);
  return {
    id: cluster.id,
    name: cluster.name,
    status: cluster.status,
    status_reason: cluster.statusReason,
    state: stateOf(
      {
        status: cluster.status,
        statusReason: cluster.statusReason,
        alerts: row.alerts ?? [],
        budget: serviceLevel?.budget ?? null,
        tickedAt: row.ticked_at?.getTime() ?? null,
        intervalMs: cluster.config.intervalMs ?? null,
      },
      now,
    ),
    min_servers: cluster.bounds.min,
    max_servers: cluster.bounds.max,
    desired_servers: row.desired,
    servers: active === null || provisioning === null || draining === null ? null : { active, provisioning, draining },
    cpu: row.cpu,
    memory: row.memory,
    request_rate: row.request_rate,
    demand: row.demand,
    staleness_ms: row.staleness_ms,
    lead_time_ms: row.lead_time_ms,
    ticked_at: row.ticked_at?.toISOString() ?? null,
    hold: holdToDto(cluster),
    service_level: serviceLevel,
    last_decision:
      row.decision_id === null
        ? null
        : {
            id: row.decision_id,
            at: row.decided_at.toISOString(),
            action: row.action,
            desired: row.decided,
            reason: row.reason,
          },
  };
}
