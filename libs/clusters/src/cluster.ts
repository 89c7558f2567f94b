import type { Bounds, ManualHold, Policy } from '#engine';
import type { ClusterProvider, TakenOver } from '#providers';
import type { Cost } from './cost/cost.js';

export const CLUSTER_STATUSES = ['active', 'paused', 'error'] as const;
export type ClusterStatus = (typeof CLUSTER_STATUSES)[number];

export interface ClusterConfig {
  /** Time between ticks; the collector's where absent. */
  readonly intervalMs?: number;
  /** How long the CPU of a new server does not count as load; learned where absent. */
  readonly warmUpMs?: number;
}

/** A policy on trial: it decides at each tick, and its decisions are not carried out. */
export interface Candidate {
  readonly policy: Policy;
  readonly since: number;
  /** User who set it. */
  readonly by: string;
}

/** A change of bounds or hold that a user undid. */
export interface Undone {
  readonly change: string;
  readonly by: string;
  /** Removes more than half at once instead of in steps. */
  readonly immediate: boolean;
}

/** A take-over from other autoscalers. */
export interface TakeOver extends TakenOver {
  readonly since: number;
  /** User who took over. */
  readonly by: string;
}

/** A group of interchangeable servers with one owner, one policy, bounds, and a provider. Times in milliseconds since the epoch. */
export interface Cluster {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly bounds: Bounds;
  /** The bounds remove more than half of the servers at once instead of in steps; absent: no. */
  readonly boundsImmediate?: boolean;
  readonly policy: Policy;
  readonly candidate: Candidate | null;
  readonly provider: ClusterProvider;
  readonly config: ClusterConfig;
  /** What a server costs; absent or `null`: not stated. */
  readonly cost?: Cost | null;
  readonly status: ClusterStatus;
  readonly statusReason: string | null;
  /** The older cluster with the same servers; it keeps them, and this one is not ticked. */
  readonly conflictsWith: string | null;
  readonly hold: ManualHold | null;
  /** The last change of bounds or hold, which can be undone; absent or `null`: none. */
  readonly lastChange?: string | null;
  /** The change that was undone last; absent or `null`: none, or a later change followed. */
  readonly undone?: Undone | null;
  /** What was switched off, so that this service scales the servers; absent or `null`: nothing. */
  readonly takenOver?: TakeOver | null;
  /** History before this time was simulated; absent or `null`: none of it was. */
  readonly simulatedUntil?: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
}

/** Changeable fields of a cluster. */
export type ClusterDefinition = Pick<Cluster, 'name' | 'bounds' | 'policy' | 'provider' | 'config' | 'cost' | 'status'>;
