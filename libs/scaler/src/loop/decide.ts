import { estimateDemand, observe, settle, tick } from '#engine';
import type {
  Decision,
  EngineState,
  Forecast,
  LeadTime,
  ManualHold,
  Observation,
  Policy,
  Step,
  TickOutput,
} from '#engine';
import { openWindows } from '#clusters';
import type { Collection } from '#metrics';
import { timedId } from '../decisions/ids.js';
import { judge } from '../scaling-events/scaling-event.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { countServers } from '../targets/scale-target.js';
import type { ProviderError, ProviderState } from '../targets/scale-target.js';
import { troubleAfter } from './cluster-runtime.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { follow, leadTimeOf } from './tracking.js';
import type { Tracking, TrackingNote } from './tracking.js';

/** What the two requests of a tick brought back. */
export interface Collected extends Collection {
  readonly runtime: ClusterRuntime;
  readonly provider: ProviderState | ProviderError;
  /** Why there are no samples; `null` when the source answered. */
  readonly metricsError: string | null;
}

/** What the tick knows of its cluster. */
export interface Observed extends Collected {
  readonly at: number;
  /** `null` while the servers of the cluster have never been seen. */
  readonly observation: Observation | null;
  /** As it was known at the tick; `null` until it was measured. */
  readonly leadTime: LeadTime | null;
  readonly notes: readonly TrackingNote[];
  /** Earlier intents of which this look showed what came. */
  readonly resolved: readonly ScalingEvent[];
}

export interface Decided extends Observed {
  readonly decisionId: string;
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  /** What the policy on trial would do; `null` while there is none, or it does not know enough to say. */
  readonly candidate: { readonly decisionId: string; readonly decision: Decision } | null;
}

/** Sums up what was collected, follows the servers, and finds out what came of earlier intents. */
export function observeCluster(collected: Collected, now: number, maxSampleAgeMs: number): Observed {
  const { runtime, provider, metricsError } = collected;
  runtime.troubles = {
    tickedAt: now,
    collection: troubleAfter(runtime.troubles.collection, metricsError),
    provider: troubleAfter(runtime.troubles.provider, provider instanceof Error ? provider.message : null),
  };
  const resolved: ScalingEvent[] = [];
  let notes: readonly TrackingNote[] = [];
  if (!(provider instanceof Error)) {
    for (const event of runtime.pending) resolved.push(resolve(runtime, event, provider, now));
    runtime.pending = [];
    const followed = follow(runtime.tracking, provider, now);
    runtime.tracking = followed.tracking;
    notes = followed.notes;
  }
  const { tracking } = runtime;
  const observation = tracking.desired === null ? null : look(runtime, collected, now, maxSampleAgeMs);
  return { ...collected, at: now, observation, leadTime: leadTimeOf(tracking, now), notes, resolved };
}

/** Sums up the samples and estimates demand from them, which teaches how this cluster's metrics tell it. */
function look(
  runtime: ClusterRuntime,
  { samples, totals, maxCpuPercent }: Collection,
  now: number,
  maxSampleAgeMs: number,
): Observation {
  const { intervalMs, engineState } = runtime;
  const { servers } = runtime.tracking;
  const bound = maxCpuPercent === null ? {} : { maxCpuPercent };
  const seen = observe({ now, intervalMs, maxSampleAgeMs, ...bound, servers, samples, totals });
  const { observation, learnt } = estimateDemand(seen, servers, engineState.demand);
  runtime.engineState = { ...engineState, demand: learnt };
  return observation;
}

/** Asks the engine; without knowledge of the servers, or of what came of the last intent, nothing is done. */
export function decideCluster(observed: Observed): Decided {
  const decided = askEngine(observed);
  const { desired, current: actual, unmet } = decided.decision;
  observed.runtime.last = { desired, actual, unmet };
  return decided;
}

function askEngine(observed: Observed): Decided {
  const { runtime, provider, observation, at, leadTime } = observed;
  const decisionId = timedId(at);
  if (observation === null || provider instanceof Error) {
    const why = provider instanceof Error ? provider.message : 'its servers are not known';
    const decision = untouched(
      runtime,
      at,
      'provider_unreachable',
      `The provider could not be asked (${why}); it is left as it is.`,
    );
    return { ...observed, decisionId, decision, forecast: null, candidate: null };
  }
  const { cluster, candidate } = runtime;
  const circumstances = {
    now: at,
    intervalMs: runtime.intervalMs,
    bounds: cluster.bounds,
    observation,
    leadTimeMs: leadTime?.plannedMs ?? null,
    leadTime,
  };
  const ask = (policy: Policy, hold: ManualHold | null, state: EngineState): TickOutput => {
    const windows = policy.schedule === undefined ? [] : openWindows(policy.schedule, at);
    return tick({ ...circumstances, policy, hold, openWindows: windows, state });
  };
  const { decision, forecast, state } = ask(cluster.policy, cluster.hold, runtime.engineState);
  runtime.engineState = state;
  if (candidate?.isReady !== true) return { ...observed, decisionId, decision, forecast, candidate: null };
  // A person's hold is not the candidate's doing, and would hide what it wishes.
  const trial = ask({ ...candidate.policy, mode: 'recommend' }, null, { ...state, policies: candidate.policies });
  runtime.candidate = { ...candidate, policies: trial.state.policies };
  return {
    ...observed,
    decisionId,
    decision,
    forecast,
    candidate: { decisionId: timedId(at), decision: trial.decision },
  };
}

/** The same decision, not carried out: nothing is asked of the provider, and the steps say why. */
export function withhold(decision: Decision, code: string, reason: string): Decision {
  const step: Step = { stage: 'act', code, before: decision.desired, after: decision.current, reason };
  return { ...decision, action: 'MAINTAIN', desired: decision.current, code, reason, steps: [...decision.steps, step] };
}

/** What is left to do of a decision that a provider carried out in part or not at all is seen by the next tick. */
function resolve(runtime: ClusterRuntime, event: ScalingEvent, provider: ProviderState, now: number): ScalingEvent {
  const { total } = countServers(provider.servers);
  const outcome = judge(event, total);
  runtime.engineState = settle(runtime.engineState, decisionOf(event), outcome, event.at, total);
  if (outcome !== 'failed') {
    const desired = provider.desired ?? event.desired;
    const asked: Tracking = { ...runtime.tracking, desired, askedAt: event.at };
    runtime.tracking = asked;
  }
  return { ...event, finishedAt: now, serversAfter: total, outcome };
}

/** As much of the decision behind a stored event as its consequences need. */
function decisionOf(event: ScalingEvent): Decision {
  const { at, action, serversBefore, desired, policy, code, reason } = event;
  return {
    at,
    action,
    current: serversBefore,
    desired,
    wished: desired,
    unmet: 0,
    policy,
    code,
    reason,
    steps: [],
    mode: 'act',
  };
}

function untouched(runtime: ClusterRuntime, at: number, code: string, reason: string): Decision {
  const { total: current } = countServers(runtime.tracking.servers);
  const { mode } = runtime.cluster.policy;
  const step: Step = { stage: 'observe', code, before: null, after: current, reason };
  return {
    at,
    action: 'MAINTAIN',
    current,
    desired: current,
    wished: current,
    unmet: 0,
    policy: 'none',
    code,
    reason,
    steps: [step],
    mode,
  };
}
