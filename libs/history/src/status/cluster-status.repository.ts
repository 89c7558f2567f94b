import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '#config';
import { type Cluster, ClusterRepository } from '#clusters';
import { ObservationRepository } from '#metrics';
import { ClusterStateRepository, DecisionRepository, serviceLevelState } from '#scaler';
import { summaryOf, type SummaryRow } from '../summary/cluster-summary.js';
import type { ClusterStatusDto } from './cluster-status.dto.js';

interface StatusRow extends SummaryRow {
  readonly lead_time_ms: number | null;
  readonly memory: number | null;
  readonly request_rate: number | null;
  readonly staleness_ms: number | null;
  readonly decision_id: string | null;
  readonly decided_at: Date;
  readonly action: 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';
  readonly decided: number;
  readonly reason: string;
  readonly theirs_by: string | null;
  readonly theirs_desired: number | null;
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
              o.staleness_ms, d.id AS decision_id, d.at AS decided_at, d.action, d.desired AS decided, d.reason,
              d.theirs_by, d.theirs_desired
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
  const serviceLevel = cluster.policy.slo === undefined ? null : serviceLevelState(row.engine_state, now);
  return {
    ...summaryOf(cluster, row, serviceLevel?.budget ?? null, now),
    memory: row.memory,
    request_rate: row.request_rate,
    staleness_ms: row.staleness_ms,
    lead_time_ms: row.lead_time_ms,
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
    theirs:
      row.theirs_by === null || row.theirs_desired === null ? null : { by: row.theirs_by, desired: row.theirs_desired },
  };
}
