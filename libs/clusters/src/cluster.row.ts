import type { ManualHold, Policy } from '#engine';
import type { ClusterProvider } from '#providers';
import { type ClusterConfigDto, configFromWire } from './cluster.dto.js';
import { costFromWire, type StatedCostDto } from './cost/cost.dto.js';
import type { Candidate, Cluster, ClusterStatus, TakeOver, Undone } from './cluster.js';

/** A cluster as statements with `CLUSTER_COLUMNS` answer. Times in milliseconds since the epoch. */
export interface ClusterRow {
  readonly id: string;
  readonly owner_id: string;
  readonly name: string;
  readonly min_servers: number;
  readonly max_servers: number;
  /** JSON, not parsed yet. */
  readonly policy: string;
  readonly candidate: string | null;
  readonly candidate_since: number | null;
  readonly candidate_by: string | null;
  readonly provider: ClusterProvider;
  readonly config: ClusterConfigDto;
  readonly cost: StatedCostDto | null;
  readonly status: ClusterStatus;
  readonly status_reason: string | null;
  readonly conflicts_with: string | null;
  readonly hold_desired: number | null;
  readonly hold_until: number | null;
  readonly hold_by: string | null;
  readonly hold_immediate: boolean;
  readonly bounds_immediate: boolean;
  readonly last_change: string | null;
  readonly undone: Undone | null;
  readonly taken_over: TakeOver | null;
  readonly simulated_until: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

/** Times with their microseconds, so that two changes within a millisecond are two. */
export const CLUSTER_COLUMNS = `id, owner_id, name, min_servers, max_servers, policy::text AS policy, candidate::text AS candidate, candidate_by,
  provider, config, cost, status, status_reason, conflicts_with, hold_desired, hold_by, hold_immediate, bounds_immediate,
  undo->>'id' AS last_change, undone, taken_over,
  (extract(epoch FROM candidate_since) * 1000)::float8 AS candidate_since,
  (extract(epoch FROM hold_until) * 1000)::float8 AS hold_until,
  (extract(epoch FROM simulated_until) * 1000)::float8 AS simulated_until,
  (extract(epoch FROM created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM updated_at) * 1000)::float8 AS updated_at,
  (extract(epoch FROM deleted_at) * 1000)::float8 AS deleted_at`;

/** @param toPolicy parses the JSON of a policy */
export function clusterOf(row: ClusterRow, toPolicy: (json: string) => Policy): Cluster {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    bounds: { min: row.min_servers, max: row.max_servers },
    boundsImmediate: row.bounds_immediate,
    policy: toPolicy(row.policy),
    candidate: candidateOf(row, toPolicy),
    provider: row.provider,
    config: configFromWire(row.config),
    cost: costFromWire(row.cost ?? {}),
    status: row.status,
    statusReason: row.status_reason,
    conflictsWith: row.conflicts_with,
    hold: holdOf(row),
    lastChange: row.last_change,
    undone: row.undone,
    takenOver: row.taken_over,
    simulatedUntil: row.simulated_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}

function candidateOf(row: ClusterRow, toPolicy: (json: string) => Policy): Candidate | null {
  const { candidate, candidate_since: since, candidate_by: by } = row;
  return candidate === null ? null : { policy: toPolicy(candidate), since: since ?? 0, by: by ?? 'unknown' };
}

function holdOf(row: ClusterRow): ManualHold | null {
  const { hold_desired: desired, hold_until: until, hold_by: by, hold_immediate: immediate } = row;
  if (desired === null || until === null) return null;
  return { desired, until, by: by ?? 'unknown', ...(immediate ? { immediate } : {}) };
}
