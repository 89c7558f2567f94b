import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserRepository } from '#auth';
import { ClusterRepository, type ClusterRow, formatPercent, holdToDto } from '#clusters';
import type { Cluster } from '#clusters';
import { ObservationRepository } from '#metrics';
import { ClusterStateRepository, type HeldAlert, ScalingEventRepository, serviceLevelState, stateOf } from '#scaler';
import type { ClusterOverviewDto, LastScalingDto, PolicyKindOnWire, RecentDemandDto } from './cluster-overview.dto.js';

interface OverviewRow extends ClusterRow {
  readonly owner: string;
  readonly ticked_at: Date | null;
  readonly alerts: readonly HeldAlert[] | null;
  readonly desired: number | null;
  readonly active: number | null;
  readonly provisioning: number | null;
  readonly draining: number | null;
  readonly cpu: number | null;
  readonly demand: number | null;
  readonly event: (Omit<LastScalingDto, 'timestamp'> & { readonly at: number }) | null;
  /** Only for clusters with a service level. */
  readonly engine_state: unknown;
}

/** Range and step of the demand in a list. */
const DEMAND_STEP_MS = 10_000;
const DEMAND_BUCKETS = 60;
/** A cluster without a tick within this time shows no load. */
const RECENT = "INTERVAL '1 hour'";
const KINDS = ['slo', 'target_tracking', 'threshold', 'schedule'] as const satisfies readonly PolicyKindOnWire[];

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
         LEFT JOIN LATERAL (SELECT id, (extract(epoch FROM at) * 1000)::float8 AS at, action, servers_before, desired, reason, outcome
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
  const { active, provisioning, draining, event } = row;
  const { slo, targetTracking: target_tracking, threshold, schedule, mode } = cluster.policy;
  const kinds = { slo, target_tracking, threshold, schedule };
  const budget = slo === undefined ? null : serviceLevelState(row.engine_state, now).budget;
  return {
    id: cluster.id,
    name: cluster.name,
    owner: row.owner,
    status: cluster.status,
    status_reason: cluster.statusReason,
    state: stateOf(
      {
        status: cluster.status,
        statusReason: cluster.statusReason,
        alerts: row.alerts ?? [],
        budget,
        tickedAt: row.ticked_at?.getTime() ?? null,
        intervalMs: cluster.config.intervalMs ?? null,
      },
      now,
    ),
    min_servers: cluster.bounds.min,
    max_servers: cluster.bounds.max,
    policies: KINDS.filter((kind) => kinds[kind] !== undefined),
    mode,
    desired_servers: row.desired,
    servers: active === null || provisioning === null || draining === null ? null : { active, provisioning, draining },
    cpu: row.cpu,
    demand: row.demand,
    ticked_at: row.ticked_at?.toISOString() ?? null,
    hold: holdToDto(cluster),
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
          },
    promise:
      slo === undefined
        ? null
        : {
            violations: formatPercent(slo.violations),
            max_utilization: formatPercent(slo.maxUtilization),
            max_actions_per_day: slo.maxActionsPerDay,
          },
    budget,
    recent_demand: recent,
  };
}
