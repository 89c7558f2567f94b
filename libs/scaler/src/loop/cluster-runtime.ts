import { isDeepStrictEqual } from 'node:util';
import { policyToWire } from '#clusters';
import type { Cluster } from '#clusters';
import type { HeldAlert } from '../state/cluster-state.js';
import { initialState, modelOf, restoreState, serviceLevelOf } from '#engine';
import type { EngineState, Policy, ServiceLevelReport, SloPolicy } from '#engine';
import type { AlertCode } from '../events.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { Fence } from '#partitions';
import { modelDueAt, nextDue, phaseOf } from './schedule.js';
import type { StoredCandidate, StoredClusterState } from './cluster-state.store.js';
import { NOTHING_TRACKED } from './tracking.js';
import type { Tracking } from './tracking.js';

/** Conditions that were announced and have not ended. */
export type Conditions = ReadonlyMap<AlertCode, HeldAlert<AlertCode>>;

/** Set after a provider refused: how often in a row, and until when it is not asked (milliseconds since the epoch). */
export interface Backoff {
  readonly failures: number;
  readonly until: number;
  /**
   * `consent`: it refused, and is asked for nothing; also where absent. `rest`: it granted a part. `delivery`: it has accepted and lists
   * fewer servers than that.
   */
  readonly waitsFor?: 'consent' | 'rest' | 'delivery';
}

/**
 * What one cluster's ticks hand on to each other. All of it can be read back from the database: the definition from
 * `clusters`, the rest from `cluster_states` and the pending `scaling_events`.
 */
export interface ClusterRuntime {
  cluster: Cluster;
  /** What every act and write for it is checked against; `null` where only one instance runs. */
  readonly fence: Fence | null;
  intervalMs: number;
  phaseMs: number;
  dueAt: number;
  /** A tick of it is under way. */
  busy: boolean;
  /** When somebody changed it while a tick of it was under way, which may not have heard of that; `null`: nobody did. */
  hastenedAt: number | null;
  /** Deleted, or another instance's: not ticked any more, and forgotten once the tick under way is over. */
  retired: boolean;
  engineState: EngineState;
  /** The policy on trial, and what it remembers; `null` while there is none. */
  candidate: CandidateRuntime | null;
  tracking: Tracking;
  /** The tracking that is known to be recorded; another one has to be written. */
  recordedTracking: Tracking | null;
  /** When what the engine has learnt is next to be stored. */
  modelDueAt: number;
  /** Intents of which nobody knows yet what came of them. */
  pending: readonly ScalingEvent[];
  /** Set after a provider refused: asking again waits, longer each time. */
  backoff: Backoff | null;
  /** What did not work of late, for whoever runs the service. */
  troubles: Troubles;
  /** Conditions that were announced and have not ended. */
  conditions: Conditions;
  /** What the last tick decided and saw, for gauges. */
  last: { readonly desired: number; readonly actual: number; readonly unmet: number } | null;
  /** Definition, tracking and conditions as last broadcast. */
  shown: { readonly cluster: Cluster; readonly tracking: Tracking; readonly conditions: string } | null;
}

/**
 * A policy on trial. What was carried out, and how metrics tell demand, is the same for both policies; only what the policies
 * themselves remember is apart.
 */
export interface CandidateRuntime {
  readonly policy: Policy;
  readonly policies: EngineState['policies'];
  /** It decides only once it knows what there is to know from the history. */
  readonly isReady: boolean;
}

/** Failures in a row, and what the last one said; `null` while it works. */
export interface Trouble {
  readonly failures: number;
  readonly error: string | null;
}

export interface Troubles {
  readonly tickedAt: number | null;
  readonly collection: Trouble;
  readonly provider: Trouble;
}

const NO_TROUBLE: Trouble = { failures: 0, error: null };

/** Counts one more failure, or none when it worked. */
export function troubleAfter({ failures }: Trouble, error: string | null): Trouble {
  return error === null ? NO_TROUBLE : { failures: failures + 1, error };
}

export function newRuntime(
  cluster: Cluster,
  defaultIntervalMs: number,
  now: number,
  fence: Fence | null,
): ClusterRuntime {
  const intervalMs = cluster.config.intervalMs ?? defaultIntervalMs;
  const phaseMs = phaseOf(cluster.id, intervalMs);
  return {
    cluster,
    fence,
    intervalMs,
    phaseMs,
    dueAt: nextDue(now, phaseMs, intervalMs),
    busy: false,
    hastenedAt: null,
    retired: false,
    engineState: initialState(),
    candidate: candidateOf(cluster),
    tracking: NOTHING_TRACKED,
    recordedTracking: null,
    modelDueAt: modelDueAt(cluster.id, now),
    pending: [],
    backoff: null,
    troubles: { tickedAt: null, collection: NO_TROUBLE, provider: NO_TROUBLE },
    conditions: new Map(),
    last: null,
    shown: null,
  };
}

function candidateOf({ candidate }: Cluster): CandidateRuntime | null {
  if (candidate === null) return null;
  return { policy: candidate.policy, policies: {}, isReady: candidate.policy.slo === undefined };
}

/** Takes over a changed definition; everything learnt stays. */
export function redefine(runtime: ClusterRuntime, cluster: Cluster, defaultIntervalMs: number, now: number): void {
  const intervalMs = cluster.config.intervalMs ?? defaultIntervalMs;
  const { candidate, cluster: before } = runtime;
  runtime.cluster = cluster;
  if (cluster.candidate === null) {
    const isAdopted =
      candidate !== null && isSame(candidate.policy, cluster.policy) && !isSame(before.policy, cluster.policy);
    if (isAdopted && candidate.isReady) adopt(runtime, candidate.policies);
    runtime.candidate = null;
  } else if (candidate === null || !isSame(candidate.policy, cluster.candidate.policy)) {
    runtime.candidate = candidateOf(cluster);
  }
  if (intervalMs === runtime.intervalMs) return;
  runtime.intervalMs = intervalMs;
  runtime.phaseMs = phaseOf(cluster.id, intervalMs);
  runtime.dueAt = nextDue(now, runtime.phaseMs, intervalMs);
}

/** What was on trial goes on as the acting policy, from where it stood; what it has learnt is stored at the next tick. */
function adopt(runtime: ClusterRuntime, policies: EngineState['policies']): void {
  runtime.engineState = { ...runtime.engineState, policies };
  runtime.modelDueAt = 0;
}

function isSame(one: Policy, other: Policy): boolean {
  return one === other || isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(policy: Policy): unknown {
  return JSON.parse(JSON.stringify(policyToWire(policy)));
}

/** How the promise of a service level stands; `null` where none is made, or nothing is known yet. */
export function promiseOf({
  cluster,
  engineState,
}: Pick<ClusterRuntime, 'cluster' | 'engineState'>): ServiceLevelReport | null {
  return cluster.policy.slo === undefined ? null : serviceLevelOf(engineState);
}

/** Whether the service level is among the policies and the engine has learnt nothing that it could go on from. */
export function lacksModel({ cluster, engineState }: ClusterRuntime): boolean {
  // What the database holds may be broken: that is for the tick to say, for this cluster alone.
  const slo = (cluster.policy as Policy | null)?.slo;
  return slo !== undefined && !hasModel(engineState, slo);
}

function hasModel(state: EngineState, slo: SloPolicy): boolean {
  const model = modelOf(state);
  return model !== null && model.violations === slo.violations && model.maxUtilization === slo.maxUtilization;
}

/** Continues where the last process stopped; returns a warning when a part of what was stored cannot be used. */
export function restore(
  runtime: ClusterRuntime,
  stored: StoredClusterState | null,
  pending: readonly ScalingEvent[],
): string | null {
  runtime.pending = pending;
  if (stored === null) return null;
  const { state, warning } = restoreState(stored.engineState);
  runtime.engineState = state;
  runtime.tracking = stored.tracking;
  runtime.recordedTracking = stored.tracking;
  runtime.backoff = stored.backoff;
  runtime.conditions = new Map(stored.alerts.map((alert) => [alert.code, alert]));
  if (stored.candidate !== null) restoreCandidate(runtime, stored.candidate);
  return warning;
}

function restoreCandidate(runtime: ClusterRuntime, { policy, policies }: StoredCandidate): void {
  const { candidate } = runtime;
  if (candidate !== null) {
    if (isDeepStrictEqual(asJson(candidate.policy), policy)) runtime.candidate = { ...candidate, policies };
  } else if (isDeepStrictEqual(asJson(runtime.cluster.policy), policy)) {
    // It was adopted, and no tick came after that.
    adopt(runtime, policies);
  }
}
