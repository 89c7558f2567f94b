import type { Cluster } from '#clusters';
import type { Decision, Forecast, LeadTime, Observation } from '#engine';
import type { Fence } from '#partitions';
import type { ClusterReading } from '#providers';
import type { LiveAlert } from '../live-events/live-events.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { ClusterMemory } from './cluster-memory.js';
import type { TrackingNote } from './tracking.js';

// The values that a tick of one cluster passes through, in the order of its stages. A stage returns the next value and
// changes none.

/** What a wake knows of the database. */
export interface DatabaseView {
  /** If it cannot be read, intents cannot be recorded either. */
  readonly isReadable: boolean;
  /** When definitions, holds and the freeze were last read, in milliseconds since the epoch; `null`: never. */
  readonly knownAt: number | null;
}

/** Input of a tick. */
export interface Started {
  readonly cluster: Cluster;
  /** Checked by every request and write of the tick; `null`: single instance. */
  readonly fence: Fence | null;
  readonly intervalMs: number;
  readonly before: ClusterMemory;
}

/** Result of the poll. */
export interface Collected extends Started, ClusterReading {
  /** Why the Lease of a cluster that was taken over was not renewed; absent or `null`: it was, or there is none. */
  readonly unrenewed?: string | null;
}

/** Result of `observe`. */
export interface Observed extends Collected {
  readonly at: number;
  /** `null` until the servers of the cluster were seen once. */
  readonly observation: Observation | null;
  /** As known at the tick; `null` until one was measured. */
  readonly leadTime: LeadTime | null;
  readonly notes: readonly TrackingNote[];
  /** Earlier intents whose outcome this poll showed. */
  readonly resolved: readonly ScalingEvent[];
  /** The memory so far. */
  readonly memory: ClusterMemory;
}

export interface Decided extends Observed {
  readonly decisionId: string;
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  /** Decision of the policy on trial; `null`: no trial, or it is not ready. */
  readonly candidate: { readonly decisionId: string; readonly decision: Decision } | null;
}

export interface Acted extends Decided {
  /** The attempt of this tick; `null`: there was nothing to carry out. */
  readonly event: ScalingEvent | null;
  /** The database is down, and intents of the cluster are in the local journal. */
  readonly onJournal: boolean;
}

/**
 * A completed tick: the state at that tick, however late it is written. `memory` is the one after the tick, the
 * definition the one it started from.
 */
export interface TickRecord extends Acted {
  /** Conditions that began or ended, and events. */
  readonly alerts: readonly LiveAlert[];
  /** Parts of the memory that changed since they were last written or broadcast. */
  readonly changed: {
    readonly tracking: boolean;
    /** The model is due to be stored. */
    readonly model: boolean;
    /** Definition, tracking or conditions changed. */
    readonly state: boolean;
  };
}

/** A failed tick. Its memory is the one it started from, plus the condition that it failed. */
export interface FailedTick extends Started {
  readonly at: number;
  readonly memory: ClusterMemory;
  /** The alert, unless an earlier tick raised it. */
  readonly alerts: readonly LiveAlert[];
}
