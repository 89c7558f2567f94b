import { isDeepStrictEqual } from 'node:util';
import { policyToWire } from '#clusters';
import type { Cluster } from '#clusters';
import { initialState, modelOf, restoreState, serviceLevelOf } from '#engine';
import type { CommonState, EngineState, Policy, ServiceLevelReport } from '#engine';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { HeldAlert } from '../state/cluster-state.js';
import type { StoredCandidate, StoredClusterState } from './cluster-state.repository.js';
import { modelDueAt } from './schedule.js';
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

/** A policy, and what its ticks hand on to each other. */
export interface PolicyLane {
  readonly policy: Policy;
  readonly state: EngineState['policies'];
  /** It decides only once it knows again what there is to know from the history. */
  readonly ready: boolean;
}

/**
 * What a tick of a cluster knows from the ticks before it: a value, replaced once by each tick (see `committed`). All that decides can
 * be read back from `cluster_states` and the pending `scaling_events`.
 */
export interface ClusterMemory {
  /** What was carried out, and how metrics tell demand: the same for both policies. */
  readonly common: CommonState;
  readonly acting: PolicyLane;
  /** The policy on trial; `null` while there is none. */
  readonly candidate: PolicyLane | null;
  readonly tracking: Tracking;
  /** Intents whose outcome is not known yet. */
  readonly pending: readonly ScalingEvent[];
  readonly backoff: Backoff | null;
  readonly conditions: Conditions;
  /** What did not work lately, for the operator. */
  readonly troubles: Troubles;
  /** What the last tick decided and saw, for gauges. */
  readonly last: { readonly desired: number; readonly actual: number; readonly unmet: number } | null;
  /** The tracking that the last tick recorded; another one has to be written. */
  readonly recordedTracking: Tracking | null;
  /** When what the engine has learned is next to be stored. */
  readonly modelDueAt: number;
  /** Definition, tracking and conditions as last broadcast. */
  readonly shown: { readonly cluster: Cluster; readonly tracking: Tracking; readonly conditions: string } | null;
}

const NO_TROUBLE: Trouble = { failures: 0, error: null };

/** Counts one more failure, or none when it worked. */
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

/** Continues where the last process stopped; `warning` says where a part of what was stored cannot be used. */
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

/** Takes over a changed definition; everything learned stays. */
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
 * What a cluster remembers once a tick is over. A trial may have begun, ended or been adopted meanwhile, or a lane have become ready:
 * what it knows is newer than what the tick took along.
 *
 * @param now as it is remembered at the end of the tick
 * @param before what the tick started from
 * @param after what it hands on
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

/** How the promise of a service level stands; `null` where none is made, or nothing is known yet. */
export function promiseOf({ policy, state }: PolicyLane): ServiceLevelReport | null {
  return policy.slo === undefined ? null : serviceLevelOf({ policies: state });
}

function candidateOf({ candidate }: Cluster): PolicyLane | null {
  if (candidate === null) return null;
  const { policy } = candidate;
  return { policy, state: {}, ready: policy.slo === undefined };
}

/** The lane of the policy on trial becomes the acting one, as it stands; what it has learned is stored at the next tick. */
function adopted(memory: ClusterMemory, candidate: PolicyLane): ClusterMemory {
  return { ...memory, acting: candidate, candidate: null, modelDueAt: 0 };
}

/** The acting lane, not ready where the service level is among its policies and the engine has learned nothing to continue from. */
function prepared(acting: PolicyLane): PolicyLane {
  // What the database holds may be broken: that is for the tick to say, for this cluster alone.
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
  // It was adopted, and no tick came after that.
  return isDeepStrictEqual(asJson(acting.policy), policy) ? adopted(memory, { ...acting, state }) : memory;
}

function isSame(one: Policy, other: Policy): boolean {
  return one === other || isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(policy: Policy): unknown {
  return JSON.parse(JSON.stringify(policyToWire(policy)));
}
