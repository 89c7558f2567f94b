import { type Cluster, type ClusterRow, costToWire, holdToDto, moneyOf } from '#clusters';
import { type ErrorBudgetDto, type HeldAlert, stateOf } from '#scaler';
import type { ClusterSummaryDto } from './cluster-summary.dto.js';

/** A cluster beside its state and its newest observation. */
export interface SummaryRow extends ClusterRow {
  readonly ticked_at: Date | null;
  readonly alerts: readonly HeldAlert[] | null;
  readonly desired: number | null;
  readonly active: number | null;
  readonly provisioning: number | null;
  readonly draining: number | null;
  readonly cpu: number | null;
  readonly demand: number | null;
  readonly engine_state: unknown;
}

/** @param cluster of the row @param budget `null` while unknown, or without a service level @param now milliseconds since the epoch */
export function summaryOf(
  cluster: Cluster,
  row: SummaryRow,
  budget: ErrorBudgetDto | null,
  now: number,
): Pick<ClusterSummaryDto, keyof ClusterSummaryDto> {
  const { id, name, status, statusReason, bounds, config } = cluster;
  const { active, provisioning, draining, ticked_at: tickedAt } = row;
  const servers =
    active === null || provisioning === null || draining === null ? null : { active, provisioning, draining };
  return {
    id,
    name,
    status,
    status_reason: statusReason,
    state: stateOf(
      {
        status,
        statusReason,
        alerts: row.alerts ?? [],
        budget,
        tickedAt: tickedAt?.getTime() ?? null,
        intervalMs: config.intervalMs ?? null,
      },
      now,
    ),
    min_servers: bounds.min,
    max_servers: bounds.max,
    desired_servers: row.desired,
    servers,
    cost: costToWire(cluster.cost),
    cost_per_hour: moneyOf(
      cluster.cost,
      servers === null ? null : servers.active + servers.provisioning + servers.draining,
    ),
    cpu: row.cpu,
    demand: row.demand,
    ticked_at: tickedAt?.toISOString() ?? null,
    hold: holdToDto(cluster.hold),
  };
}
