import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserRepository } from '#auth';
import { type Cluster, ClusterRepository, policyKindsOf, simulatedUntilOf } from '#clusters';
import { ObservationRepository } from '#metrics';
import { ClusterStateRepository, ScalingEventRepository, serviceLevelState, toPromiseDto } from '#scaler';
import { summaryOf, type SummaryRow } from '../summary/cluster-summary.js';
import type { ClusterOverviewDto, LastScalingDto, RecentDemandDto } from './cluster-overview.dto.js';

interface OverviewRow extends SummaryRow {
  readonly owner: string;
  readonly event: (Omit<LastScalingDto, 'timestamp'> & { readonly at: number }) | null;
}

/** Range and step of the demand in a list. */
const DEMAND_STEP_MS = 10_000;
const DEMAND_BUCKETS = 60;
/** A cluster without a tick within this time shows no load. */
const RECENT = "INTERVAL '1 hour'";

/** State of all clusters for a list: two statements, however many clusters. */
@Injectable()
export class ClusterOverviewRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clusters: ClusterRepository,
    private readonly observations: ObservationRepository,
  ) {}

  /**
   * Sorted by name.
   *
   * @param ownerId `null`: clusters of all owners
   * @param now milliseconds since the epoch
   */
  async list(ownerId: string | null, now: number): Promise<ClusterOverviewDto[]> {
    const rows = await this.dataSource.query<OverviewRow[]>(
      `SELECT c.*, ${UserRepository.nameOf('c.owner_id')} AS owner, s.ticked_at, s.alerts, s.desired,
              o.active, o.provisioning, o.draining, o.cpu, o.demand, to_jsonb(e) AS event,
              CASE WHEN c.policy::jsonb ? 'slo' THEN s.engine_state END AS engine_state
         FROM ${ClusterRepository.rowsOf('$1::uuid')} c
         LEFT JOIN LATERAL ${ClusterStateRepository.rowOf('c.id')} s ON true
         LEFT JOIN LATERAL ${ObservationRepository.newestOf('c.id', `s.ticked_at - ${RECENT}`)} o ON true
         LEFT JOIN LATERAL (SELECT id, (extract(epoch FROM at) * 1000)::float8 AS at, action, servers_before, desired, reason, outcome, error
                              FROM ${ScalingEventRepository.newestOf('c.id')} newest) e ON true
        ORDER BY lower(c.name), c.id`,
      [ownerId],
    );
    const recent = await this.recentDemand(
      rows.map(({ id }) => id),
      now,
    );
    return rows.map((row) => toOverview(this.clusters.toCluster(row), row, recent(row.id), now));
  }

  private async recentDemand(ids: readonly string[], now: number): Promise<(id: string) => RecentDemandDto> {
    const start = Math.ceil(now / DEMAND_STEP_MS - DEMAND_BUCKETS) * DEMAND_STEP_MS;
    const buckets = await this.observations.demandSince(ids, start, DEMAND_STEP_MS);
    const values = new Map(ids.map((id) => [id, Array.from({ length: DEMAND_BUCKETS }, (): number | null => null)]));
    for (const { clusterId, bucket, demand } of buckets) {
      const own = values.get(clusterId);
      if (own !== undefined && bucket < DEMAND_BUCKETS) own[bucket] = demand;
    }
    return (id) => ({
      start: new Date(start).toISOString(),
      step_ms: DEMAND_STEP_MS,
      values: values.get(id) ?? [],
    });
  }
}

function toOverview(cluster: Cluster, row: OverviewRow, recent: RecentDemandDto, now: number): ClusterOverviewDto {
  const { event } = row;
  const { slo, mode } = cluster.policy;
  const budget = slo === undefined ? null : serviceLevelState(row.engine_state, now).budget;
  return {
    ...summaryOf(cluster, row, budget, now),
    owner: row.owner,
    policies: policyKindsOf(cluster.policy),
    mode,
    simulated_until: simulatedUntilOf(cluster),
    last_scaling:
      event === null
        ? null
        : {
            id: event.id,
            timestamp: new Date(event.at).toISOString(),
            action: event.action,
            servers_before: event.servers_before,
            desired: event.desired,
            reason: event.reason,
            outcome: event.outcome,
            error: event.error,
          },
    promise: toPromiseDto(cluster.policy),
    budget,
    recent_demand: recent,
  };
}
