import type { Cluster } from '#clusters';
import type { Decision, Forecast, LeadTime, Observation } from '#engine';
import type { Fence } from '#partitions';
import type { ClusterReading } from '#providers';
import type { LiveAlert } from '../live-events/live-events.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { ClusterMemory } from './cluster-memory.js';
import type { TrackingNote } from './tracking.js';

// The values that one tick of one cluster passes through, in the order of its stages. A stage returns the next and changes none.

/** What a tick starts from. */
export interface Started {
  readonly cluster: Cluster;
  /** What every act and write for it is checked against; `null` where only one instance runs. */
  readonly fence: Fence | null;
  readonly intervalMs: number;
  readonly before: ClusterMemory;
}

/** What the poll of a tick brought back. */
export type Collected = Started & ClusterReading;

/** What the tick knows of its cluster. */
export interface Observed extends Started, ClusterReading {
  readonly at: number;
  /** `null` while the servers of the cluster have never been seen. */
  readonly observation: Observation | null;
  /** As it was known at the tick; `null` until it was measured. */
  readonly leadTime: LeadTime | null;
  readonly notes: readonly TrackingNote[];
  /** Earlier intents of which this poll showed the outcome. */
  readonly resolved: readonly ScalingEvent[];
  /** What is to be remembered so far. */
  readonly memory: ClusterMemory;
}

export interface Decided extends Observed {
  readonly decisionId: string;
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  /** What the policy on trial would do; `null` while there is none, or it does not know enough to say. */
  readonly candidate: { readonly decisionId: string; readonly decision: Decision } | null;
}

export interface Acted extends Decided {
  /** What was done, or begun; `null` when there was nothing to do. */
  readonly event: ScalingEvent | null;
}

/**
 * A tick that is over: what was true at that tick, however late it is written. Its `memory` is how the tick left the
 * cluster, its definition the one that it started from.
 */
export interface TickRecord extends Acted {
  /** What began, ended or happened with this tick. */
  readonly alerts: readonly LiveAlert[];
  /** What of the memory is to be written or told, because it is not what it was the last time. */
  readonly changed: {
    readonly tracking: boolean;
    /** It is the model's time to be stored. */
    readonly model: boolean;
    /** Definition, tracking or conditions. */
    readonly state: boolean;
  };
}

/** A tick that came to no end. Its memory is the one that it started from, with the condition that it failed. */
export interface FailedTick extends Started {
  readonly at: number;
  readonly memory: ClusterMemory;
  /** The alert that it began; none where an earlier tick did. */
  readonly alerts: readonly LiveAlert[];
}
