import { isDeepStrictEqual } from 'node:util';
import { policyToWire } from '#clusters';
import type { Cluster } from '#clusters';
import { initialState, modelOf, restoreState, serviceLevelOf } from '#engine';
import type { CommonState, EngineState, Policy, ServiceLevelReport } from '#engine';
import type { ProviderError } from '#providers';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { HeldAlert } from '../state/cluster-state.js';
import type { StoredCandidate, StoredClusterState } from './cluster-state.repository.js';
import { modelDueAt } from './schedule.js';
import { NOTHING_TRACKED } from './tracking.js';
import type { Tracking } from './tracking.js';

/** Conditions that were announced and have not ended. */
export type Conditions = ReadonlyMap<AlertCode, HeldAlert<AlertCode>>;

/** Back-off after a refusal: consecutive failures, and no request until then (milliseconds since the epoch). */
export interface Backoff {
  readonly failures: number;
  readonly until: number;
  /**
   * `consent`: the provider refused; no request is made. Also when absent. `rest`: it granted a part. `delivery`: it
   * accepted but lists fewer servers.
   */
  readonly waitsFor?: 'consent' | 'rest' | 'delivery';
  /** What the provider answered last; absent: it gave no reason. */
  readonly refusal?: Refusal;
}

/** A provider's refusal: its own words, bounded and without secrets, and the kind that they were understood as. */
export interface Refusal {
  readonly error: string;
  readonly kind: ProviderError['code'] | null;
}

/** Consecutive failures and the last error; `null`: no failure. */
export interface Trouble {
  readonly failures: number;
  readonly error: string | null;
}

export interface Troubles {
  readonly tickedAt: number | null;
  readonly collection: Trouble;
  readonly provider: Trouble;
}

/** A policy and the state that it carries from tick to tick. */
export interface PolicyLane {
  readonly policy: Policy;
  readonly state: EngineState['policies'];
  /** Whether its model is loaded and caught up with the history; until then it must not decide alone. */
  readonly ready: boolean;
}

/**
 * What a tick knows of a cluster from earlier ticks: an immutable value, replaced once by each tick (see `committed`).
 * Everything that affects decisions can be restored from `cluster_states` and the pending `scaling_events`.
 */
export interface ClusterMemory {
  /** Changes of the count, and how metrics map to demand: shared by both policies. */
  readonly common: CommonState;
  readonly acting: PolicyLane;
  /** The policy on trial; `null`: none. */
  readonly candidate: PolicyLane | null;
  readonly tracking: Tracking;
  /** Intents with unknown outcome. */
  readonly pending: readonly ScalingEvent[];
  readonly backoff: Backoff | null;
  readonly conditions: Conditions;
  /** Recent failures, for operators. */
  readonly troubles: Troubles;
  /** Counts of the last tick, for gauges. */
  readonly last: { readonly desired: number; readonly actual: number; readonly unmet: number } | null;
  /** The tracking last recorded; any other value must be written. */
  readonly recordedTracking: Tracking | null;
  /** When the learned model is next stored. */
  readonly modelDueAt: number;
  /** Definition, tracking and conditions as last broadcast. */
  readonly shown: { readonly cluster: Cluster; readonly tracking: Tracking; readonly conditions: string } | null;
}

const NO_TROUBLE: Trouble = { failures: 0, error: null };

/** Adds a failure, or resets the count if `error` is `null`. */
export function troubleAfter({ failures }: Trouble, error: string | null): Trouble {
  return error === null ? NO_TROUBLE : { failures: failures + 1, error };
}

/** The memory of a cluster that was never ticked. */
export function emptyMemory(cluster: Cluster, now: number): ClusterMemory {
  const { policies: state, ...common } = initialState();
  return {
    common,
    acting: { policy: cluster.policy, state, ready: true },
    candidate: candidateOf(cluster),
    tracking: NOTHING_TRACKED,
    pending: [],
    backoff: null,
    conditions: new Map(),
    troubles: { tickedAt: null, collection: NO_TROUBLE, provider: NO_TROUBLE },
    last: null,
    recordedTracking: null,
    modelDueAt: modelDueAt(cluster.id, now),
    shown: null,
  };
}

/** Restores the stored memory; `warning` says which stored part is unusable. */
export function restoredMemory(
  cluster: Cluster,
  stored: StoredClusterState | null,
  pending: readonly ScalingEvent[],
  now: number,
): { readonly memory: ClusterMemory; readonly warning: string | null } {
  const empty = { ...emptyMemory(cluster, now), pending };
  if (stored === null) return { memory: empty, warning: null };
  const { state, warning } = restoreState(stored.engineState);
  const { policies, ...common } = state;
  const memory: ClusterMemory = {
    ...empty,
    common,
    acting: { ...empty.acting, state: policies },
    tracking: stored.tracking,
    recordedTracking: stored.tracking,
    backoff: stored.backoff,
    conditions: new Map(stored.alerts.map((alert) => [alert.code, alert])),
  };
  const { acting, ...rest } = stored.candidate === null ? memory : withCandidate(memory, stored.candidate);
  return { memory: { ...rest, acting: prepared(acting) }, warning };
}

/** Applies a changed definition; learned state is kept. */
export function redefinedMemory(memory: ClusterMemory, cluster: Cluster): ClusterMemory {
  const { acting, candidate } = memory;
  const { policy } = cluster;
  const isAdopted =
    cluster.candidate === null &&
    candidate?.ready === true &&
    isSame(candidate.policy, policy) &&
    !isSame(acting.policy, policy);
  const next = isAdopted ? adopted(memory, { ...candidate, policy }) : { ...memory, acting: { ...acting, policy } };
  const isSameTrial =
    cluster.candidate !== null && candidate !== null && isSame(candidate.policy, cluster.candidate.policy);
  return {
    ...next,
    acting: prepared(next.acting),
    candidate: isSameTrial ? candidate : candidateOf(cluster),
  };
}

/**
 * The memory after a tick. A trial may have begun, ended or been adopted during the tick, or a lane become ready: then
 * the current lane is newer than the one the tick used.
 *
 * @param now the current memory at the end of the tick
 * @param before the memory the tick started from
 * @param after the memory the tick returned
 */
export function committed(now: ClusterMemory, before: ClusterMemory, after: ClusterMemory): ClusterMemory {
  if (now === before) return after;
  const { acting, candidate, modelDueAt: dueAt } = now;
  return {
    ...after,
    acting: acting.state === before.acting.state ? { ...acting, state: after.acting.state } : acting,
    candidate: candidate === before.candidate ? after.candidate : candidate,
    modelDueAt: dueAt === before.modelDueAt ? after.modelDueAt : dueAt,
  };
}

/** State of the service level; `null` if there is none, or nothing is known yet. */
export function promiseOf({ policy, state }: PolicyLane): ServiceLevelReport | null {
  return policy.slo === undefined ? null : serviceLevelOf({ policies: state });
}

function candidateOf({ candidate }: Cluster): PolicyLane | null {
  if (candidate === null) return null;
  const { policy } = candidate;
  return { policy, state: {}, ready: policy.slo === undefined };
}

/** Makes the lane of the trial the acting one, with its state; its model is stored at the next tick. */
function adopted(memory: ClusterMemory, candidate: PolicyLane): ClusterMemory {
  return { ...memory, acting: candidate, candidate: null, modelDueAt: 0 };
}

/** The acting lane, marked not ready if it has a service level but no matching model. */
function prepared(acting: PolicyLane): PolicyLane {
  // A stored policy may be broken; the tick reports that for this cluster only.
  const slo = (acting.policy as Policy | null)?.slo;
  if (slo === undefined) return acting;
  const model = modelOf({ policies: acting.state });
  const isKnown = model?.violations === slo.violations && model.maxUtilization === slo.maxUtilization;
  return isKnown ? acting : { ...acting, ready: false };
}

function withCandidate(memory: ClusterMemory, { policy, policies: state }: StoredCandidate): ClusterMemory {
  const { acting, candidate } = memory;
  if (candidate !== null) {
    return isDeepStrictEqual(asJson(candidate.policy), policy)
      ? { ...memory, candidate: { ...candidate, state } }
      : memory;
  }
  // The trial was adopted, and no tick followed.
  return isDeepStrictEqual(asJson(acting.policy), policy) ? adopted(memory, { ...acting, state }) : memory;
}

function isSame(one: Policy, other: Policy): boolean {
  return one === other || isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(policy: Policy): unknown {
  return JSON.parse(JSON.stringify(policyToWire(policy)));
}
