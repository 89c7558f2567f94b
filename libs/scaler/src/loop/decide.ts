import { estimateDemand, learntWarmUpMs, noteExternal, observe, referenceSteps, settle, tick } from '#engine';
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
import type { Cluster } from '#clusters';
import type { Collection, ProviderError, ProviderState } from '#providers';
import { timedId } from '../decisions/ids.js';
import { judge } from '../scaling-events/scaling-event.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { countServers } from '#providers';
import { memoryOf } from './cluster-memory.js';
import type { ClusterMemory } from './cluster-memory.js';
import { troubleAfter } from './cluster-runtime.js';
import type { ClusterRuntime, Troubles } from './cluster-runtime.js';
import { follow, followDoubtful, leadTimeOf, totalOf, unique } from './tracking.js';
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
  /** Earlier intents of which this poll showed the outcome. */
  readonly resolved: readonly ScalingEvent[];
  /** What the tick started from, and what is to be remembered of it so far. */
  readonly before: ClusterMemory;
  readonly memory: ClusterMemory;
}

export interface Decided extends Observed {
  readonly decisionId: string;
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  /** What the policy on trial would do; `null` while there is none, or it does not know enough to say. */
  readonly candidate: { readonly decisionId: string; readonly decision: Decision } | null;
}

/**
 * Sums up what was collected, follows the servers, and finds out what became of earlier intents. Like the stages after it, it returns what
 * the cluster is to remember and changes nothing; see `commit`.
 */
export function observeCluster(collected: Collected, now: number, maxSampleAgeMs: number): Observed {
  const { runtime, provider, samples, totals, maxCpuPercent, metricsError } = collected;
  const before = memoryOf(runtime);
  const troubles: Troubles = {
    tickedAt: now,
    collection: troubleAfter(before.troubles.collection, metricsError),
    provider: troubleAfter(before.troubles.provider, provider instanceof Error ? provider.message : null),
  };
  const followed =
    provider instanceof Error ? { memory: before, notes: [], resolved: [] } : followCluster(before, provider, now);
  const memory: ClusterMemory = { ...followed.memory, troubles };
  const { tracking, engineState } = memory;
  const observed = { ...collected, ...followed, before, at: now, leadTime: leadTimeOf(tracking, now) };
  if (tracking.desired === null) return { ...observed, memory, observation: null };
  const { intervalMs, cluster } = runtime;
  const warmupMs = cluster.config.warmUpMs ?? learntWarmUpMs(engineState.demand);
  const { servers } = tracking;
  const bound = maxCpuPercent === null ? {} : { maxCpuPercent };
  const seen = observe({ now, intervalMs, maxSampleAgeMs, warmupMs, ...bound, servers, samples, totals });
  // Estimating demand teaches how this cluster's metrics tell it.
  const { observation, learnt } = estimateDemand(seen, servers, engineState.demand);
  return { ...observed, memory: { ...memory, engineState: { ...engineState, demand: learnt } }, observation };
}

interface FollowedCluster {
  readonly memory: ClusterMemory;
  readonly notes: readonly TrackingNote[];
  readonly resolved: readonly ScalingEvent[];
}

function followCluster(before: ClusterMemory, provider: ProviderState, now: number): FollowedCluster {
  const resolved: ScalingEvent[] = [];
  let memory: ClusterMemory = { ...before, pending: [] };
  for (const event of before.pending) {
    const result = resolve(memory, event, provider, now);
    memory = result.memory;
    resolved.push(result.event);
  }
  const { tracking, notes } = follow(memory.tracking, provider, now);
  const drift = notes.find(({ kind }) => kind === 'drift');
  const by = (tracking.desired ?? 0) - (memory.tracking.desired ?? tracking.desired ?? 0);
  // Without a drift the count falls by a removal of ours that is carried out late.
  const engineState =
    drift?.kind === 'drift' ? noteExternal(memory.engineState, by, now) : settle(memory.engineState, by, now);
  const isWhole = tracking.desired !== null && totalOf(tracking) >= tracking.desired;
  const backoff = isWhole && memory.backoff?.waitsFor === 'delivery' ? null : memory.backoff;
  return { memory: { ...memory, tracking, engineState, backoff }, notes, resolved };
}

/** Asks the engine; without knowledge of the servers, or of what became of the last intent, nothing is done. */
export function decideCluster(observed: Observed): Decided {
  const decided = askEngine(observed);
  const { runtime, decision, at } = decided;
  const tracking = withManualChange(decided.memory.tracking, decision, runtime.cluster, at);
  return { ...decided, memory: { ...decided.memory, tracking } };
}

/** A large change is remembered a while longer than it takes, so that a person sees that it can be undone. */
const MANUAL_CHANGE_KEPT_MS = 15 * 60_000;

function withManualChange(tracking: Tracking, decision: Decision, { hold, bounds }: Cluster, at: number): Tracking {
  const known = tracking.manual ?? null;
  const { manualChange: found, mode } = decision;
  if (found !== undefined && mode === 'act') {
    const isSame = known?.by === found.by && known.to === found.to;
    return { ...tracking, manual: { ...found, from: isSame ? known.from : found.from, lastAt: at } };
  }
  if (known === null) return tracking;
  const held = hold === null ? null : Math.min(bounds.max, Math.max(bounds.min, hold.desired));
  const isInForce = known.by === 'hold' ? held === known.to : [bounds.min, bounds.max].includes(known.to);
  return isInForce && at - known.lastAt < MANUAL_CHANGE_KEPT_MS ? tracking : { ...tracking, manual: null };
}

function askEngine(observed: Observed): Decided {
  const { runtime, memory, provider, observation, at, leadTime } = observed;
  const decisionId = timedId(at);
  if (observation === null || provider instanceof Error) {
    const why = provider instanceof Error ? provider.message : 'its servers are not known';
    const reason = `The provider could not be asked (${why}); it is left as it is.`;
    const decision = untouched(observed, 'provider_unreachable', reason);
    return { ...observed, decisionId, decision, forecast: null, candidate: null };
  }
  const { cluster } = runtime;
  const { candidate, tracking } = memory;
  const listed = totalOf(tracking);
  const circumstances = {
    now: at,
    intervalMs: runtime.intervalMs,
    bounds: cluster.bounds,
    immediate: cluster.boundsImmediate === true,
    observation,
    reference: tracking.desired ?? listed,
    lost: tracking.lost ?? 0,
    shortSince: tracking.short?.since ?? null,
    // A provider that states no count may still be carrying out what was asked for last.
    floor: provider.desired ?? Math.max(tracking.asked ?? 0, listed),
    leadTimeMs: leadTime?.plannedMs ?? null,
    leadTime,
  };
  const ask = (policy: Policy, hold: ManualHold | null, state: EngineState): TickOutput => {
    const windows = policy.schedule === undefined ? [] : openWindows(policy.schedule, at);
    return tick({ ...circumstances, policy, hold, openWindows: windows, state });
  };
  const { decision, forecast, state } = ask(cluster.policy, cluster.hold, memory.engineState);
  const decided = { ...observed, decisionId, decision, forecast };
  const next: ClusterMemory = { ...memory, engineState: state };
  if (candidate?.isReady !== true) return { ...decided, memory: next, candidate: null };
  // A person's hold is not the candidate's doing, and would hide what it desires.
  const trial = ask({ ...candidate.policy, mode: 'recommend' }, null, { ...state, policies: candidate.policies });
  return {
    ...decided,
    memory: { ...next, candidate: { ...candidate, policies: trial.state.policies } },
    candidate: { decisionId: timedId(at), decision: trial.decision },
  };
}

/** The same decision, not carried out: nothing is asked of the provider, and the steps say why. */
export function withhold(decision: Decision, code: string, reason: string): Decision {
  const { desired: before, reference } = decision;
  const step: Step = { stage: 'act', code, before, after: reference, reason };
  const steps = [...decision.steps, step];
  return { ...decision, action: 'MAINTAIN', current: reference, desired: reference, code, reason, steps };
}

/** What is left to do of a decision that a provider carried out in part or not at all is seen by the next tick. */
function resolve(
  memory: ClusterMemory,
  event: ScalingEvent,
  provider: ProviderState,
  now: number,
): { readonly memory: ClusterMemory; readonly event: ScalingEvent } {
  const { total } = countServers(unique(provider.servers));
  const outcome = judge(event, total, provider.desired);
  const { tracking: known, engineState } = memory;
  const tracking = followDoubtful(known, event.desired, provider, event.at);
  const by = (tracking.desired ?? 0) - (known.desired ?? event.serversBefore);
  const settled = settle(engineState, by, event.at, event.action === 'SCALE_DOWN');
  return {
    memory: { ...memory, tracking, engineState: settled },
    event: { ...event, finishedAt: now, serversAfter: total, outcome },
  };
}

function untouched({ runtime, memory, at }: Observed, code: string, reason: string): Decision {
  const listed = totalOf(memory.tracking);
  const current = memory.tracking.desired ?? listed;
  const { mode } = runtime.cluster.policy;
  const step: Step = { stage: 'observe', code, before: null, after: listed, reason };
  return {
    at,
    action: 'MAINTAIN',
    current,
    listed,
    reference: current,
    desired: current,
    wished: current,
    unmet: 0,
    policy: 'none',
    code,
    reason,
    steps: [step, ...referenceSteps(listed, current)],
    mode,
  };
}
