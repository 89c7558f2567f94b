import type { Bounds, ManualHold, Policy } from '#engine';
import type { ClusterProvider } from '#providers';

export const CLUSTER_STATUSES = ['active', 'paused', 'error'] as const;
export type ClusterStatus = (typeof CLUSTER_STATUSES)[number];

export interface ClusterConfig {
  /** Time between ticks; the collector's where absent. */
  readonly intervalMs?: number;
  /** How long the CPU of a server that has just become active is not taken for load; learned where absent. */
  readonly warmUpMs?: number;
}

/** A policy on trial: it decides beside the acting one, and nothing it decides is carried out. */
export interface Candidate {
  readonly policy: Policy;
  readonly since: number;
  /** Who put it there. */
  readonly by: string;
}

/** A change of bounds or hold that a person took back. */
export interface Undone {
  readonly change: string;
  readonly by: string;
  /** A removal of more than half goes at once instead of in steps. */
  readonly immediate: boolean;
}

/** A group of interchangeable servers with one owner, one policy, bounds, and a provider. Times in milliseconds since the epoch. */
export interface Cluster {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly bounds: Bounds;
  /** The bounds take away more than half of the servers at once instead of in steps; absent: no. */
  readonly boundsImmediate?: boolean;
  readonly policy: Policy;
  readonly candidate: Candidate | null;
  readonly provider: ClusterProvider;
  readonly config: ClusterConfig;
  readonly status: ClusterStatus;
  readonly statusReason: string | null;
  /** The older cluster that leads to the same servers; it keeps them, and this one is not ticked. */
  readonly conflictsWith: string | null;
  readonly hold: ManualHold | null;
  /** The last change of bounds or hold, which an undo takes back; absent or `null`: there is none that was not taken back. */
  readonly lastChange?: string | null;
  /** The change that was taken back last; absent or `null`: none, or a later one takes its place. */
  readonly undone?: Undone | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
}
