import {
  estimateDemand,
  learnedWarmUpMs,
  noteExternal,
  observe,
  reasonIn,
  referenceSteps,
  settle,
  tick,
} from '#engine';
import type { CommonState, Decision, Observation, TickInput, TickOutput } from '#engine';
import { openWindows } from '#clusters';
import type { ProviderState } from '#providers';
import { timedId } from '../decisions/ids.js';
import { judge } from '../scaling-events/scaling-event.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { countServers } from '#providers';
import { servedAfter } from './served.js';
import { troubleAfter } from './cluster-memory.js';
import type { ClusterMemory, PolicyLane, Troubles } from './cluster-memory.js';
import { followManualChange, undoneOf } from './manual-change.js';
import type { Collected, Decided, Observed } from './stages.js';
import { follow, followDoubtful, leadTimeOf, totalOf, unique } from './tracking.js';
import type { Tracking, TrackingNote } from './tracking.js';
import {
  failedPoll,
  type FailedPoll,
  type WithheldCode,
  type WithheldData,
  withheldStep,
} from './withheld.sentences.js';

/**
 * Summarizes the poll, tracks the servers, and resolves earlier intents. As in later stages, the new memory is
 * returned, not stored; see `committed`.
 */
export function observeCluster(polled: Collected, now: number, maxSampleAgeMs: number): Observed {
  const collected = { ...polled, provider: inForce(polled) };
  const { cluster, intervalMs, before, provider, samples, totals, maxCpuPercent, metricsError } = collected;
  const { incomplete, late, measured = null } = collected;
  const troubles: Troubles = {
    tickedAt: now,
    collection: troubleAfter(before.troubles.collection, metricsError),
    provider: troubleAfter(before.troubles.provider, provider instanceof Error ? provider.message : null),
  };
  const followed =
    provider instanceof Error ? { memory: before, notes: [], resolved: [] } : followCluster(before, provider, now);
  const memory: ClusterMemory = { ...followed.memory, troubles };
  const { tracking, common } = memory;
  const observed = { ...collected, ...followed, at: now, leadTime: leadTimeOf(tracking, now) };
  if (tracking.desired === null) return { ...observed, memory, observation: null };
  const warmupMs = cluster.config.warmUpMs ?? learnedWarmUpMs(common.demand);
  const { servers } = tracking;
  const bound = maxCpuPercent === null ? {} : { maxCpuPercent };
  const partial = incomplete !== null;
  const seen = observe({
    now,
    intervalMs,
    maxSampleAgeMs,
    warmupMs,
    ...bound,
    servers,
    samples,
    totals,
    measured,
    partial,
    late,
  });
  // The estimate also learns how this cluster's metrics map to demand.
  const { observation, learned } = estimateDemand(seen, servers, common.demand);
  return {
    ...observed,
    memory: {
      ...memory,
      common: { ...common, demand: learned },
      tracking: withServed(tracking, observation, cluster, intervalMs),
    },
    observation,
  };
}

/** The same object if nothing is added, so that it need not be stored again. */
function withServed(
  tracking: Tracking,
  observation: Observation,
  { policy }: Collected['cluster'],
  intervalMs: number,
): Tracking {
  // Few sources count slow requests.
  if (observation.measured === undefined) return tracking;
  const before = tracking.served ?? null;
  const served = servedAfter(before, observation, policy, intervalMs);
  return served === before ? tracking : { ...tracking, served };
}

/** Where a count is only published, our last request is in force. Before one, and while none is made, the list says it. */
function inForce({ provider, before, cluster }: Collected): Collected['provider'] {
  if (provider instanceof Error || provider.published !== true) return provider;
  const { asked = null, desired } = before.tracking;
  const isOurs = cluster.policy.mode === 'act' && asked !== null && asked === desired;
  return isOurs ? { ...provider, desired } : provider;
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
  // Without drift the count falls because a removal of ours is carried out late.
  const common = drift === undefined ? settle(memory.common, by, now) : noteExternal(memory.common, by, now);
  const isWhole = tracking.desired !== null && totalOf(tracking) >= tracking.desired;
  const backoff = isWhole && memory.backoff?.waitsFor === 'delivery' ? null : memory.backoff;
  return { memory: { ...memory, tracking, common, backoff }, notes, resolved };
}

/** Runs the engine. Without known servers, or with the last intent unresolved, the decision is MAINTAIN. */
export function decideCluster(observed: Observed): Decided {
  const decided = onlyRecommended(askEngine(observed));
  const { cluster, decision, at, memory } = decided;
  // The engine did not run: how manual changes affect the count is unknown.
  if (decided.observation === null || decided.provider instanceof Error) return decided;
  const tracking = followManualChange(memory.tracking, decision, cluster, at);
  return { ...decided, memory: { ...memory, tracking } };
}

/** The other system that scales the servers, if this service is meant to act; `null`: none. */
export function blockedOf({ blocked, cluster }: Pick<Observed, 'blocked' | 'cluster'>): Observed['blocked'] {
  return cluster.policy.mode === 'act' ? blocked : null;
}

/** Turns the decision into a recommendation while another system scales the servers: two writers would fight. */
function onlyRecommended(decided: Decided): Decided {
  const blocked = blockedOf(decided);
  if (blocked === null) return decided;
  const { decision } = decided;
  const { desired, action } = decision;
  const { by, reason: why } = blocked;
  const steps = action === 'MAINTAIN' ? [] : [withheldStep('act', 'blocked', desired, desired, { by, reason: why })];
  const reason = reasonIn(decision, 'recommend');
  return { ...decided, decision: { ...decision, reason, mode: 'recommend', steps: [...decision.steps, ...steps] } };
}

/** What users set by hand. */
type ByHand = Pick<TickInput, 'hold' | 'undone'>;

function askEngine(observed: Observed): Decided {
  const { cluster, intervalMs, memory, provider, observation, at, leadTime } = observed;
  const decisionId = timedId(at);
  if (observation === null || provider instanceof Error) {
    const decision = untouched(observed, provider instanceof Error ? failedPoll(provider) : NOTHING_LISTED);
    return { ...observed, decisionId, decision, forecast: null, candidate: null };
  }
  const { acting, candidate, tracking } = memory;
  const listed = totalOf(tracking);
  const circumstances = {
    now: at,
    intervalMs,
    bounds: cluster.bounds,
    outerBounds: observed.outerBounds ?? null,
    immediate: cluster.boundsImmediate === true,
    observation,
    reference: tracking.desired ?? listed,
    lost: tracking.lost ?? 0,
    shortSince: tracking.short?.since ?? null,
    // A provider without a desired count may still be carrying out the last request.
    floor: provider.desired ?? Math.max(tracking.asked ?? 0, listed),
    leadTimeMs: leadTime?.plannedMs ?? null,
    leadTime,
  };
  const ask = ({ policy, state: policies }: PolicyLane, byHand: ByHand, common: CommonState): TickOutput => {
    const windows = policy.schedule === undefined ? [] : openWindows(policy.schedule, at);
    return tick({ ...circumstances, policy, ...byHand, openWindows: windows, state: { ...common, policies } });
  };
  const byHand = { hold: cluster.hold, undone: undoneOf(tracking, cluster) };
  const { decision, forecast, state } = ask(acting, byHand, memory.common);
  const { policies, ...common } = state;
  const decided = { ...observed, decisionId, decision, forecast };
  const next: ClusterMemory = { ...memory, common, acting: { ...acting, state: policies } };
  if (candidate?.ready !== true) return { ...decided, memory: next, candidate: null };
  // Holds apply to the acting policy only; here they would hide what the candidate desires.
  const trial = ask({ ...candidate, policy: { ...candidate.policy, mode: 'recommend' } }, { hold: null }, common);
  return {
    ...decided,
    memory: { ...next, candidate: { ...candidate, state: trial.state.policies } },
    candidate: { decisionId: timedId(at), decision: trial.decision },
  };
}

/** The same decision, withheld: nothing is requested from the provider, and the last step gives the reason. */
export function withhold<Code extends WithheldCode>(
  decision: Decision,
  code: Code,
  data: WithheldData<Code>,
): Decision {
  const { desired, reference } = decision;
  const step = withheldStep('act', code, desired, reference, data);
  const steps = [...decision.steps, step];
  const kept = { action: 'MAINTAIN', current: reference, desired: reference } as const;
  return { ...decision, ...kept, code, reason: step.reason, steps };
}

/** Resolves a pending intent. What a partial or failed one left to do, the next tick sees. */
function resolve(
  memory: ClusterMemory,
  event: ScalingEvent,
  provider: ProviderState,
  now: number,
): { readonly memory: ClusterMemory; readonly event: ScalingEvent } {
  const { total } = countServers(unique(provider.servers));
  const outcome = judge(event, total, provider.desired);
  const { tracking: known, common } = memory;
  const tracking = followDoubtful(known, event.desired, provider, event.at);
  const by = (tracking.desired ?? 0) - (known.desired ?? event.serversBefore);
  const settled = settle(common, by, event.at, event.action === 'SCALE_DOWN');
  return {
    memory: { ...memory, tracking, common: settled },
    event: { ...event, finishedAt: now, serversAfter: total, outcome },
  };
}

const NOTHING_LISTED: FailedPoll = { error: 'no servers listed yet', answered: true };

function untouched({ cluster, memory, at }: Observed, poll: FailedPoll): Decision {
  const listed = totalOf(memory.tracking);
  const current = memory.tracking.desired ?? listed;
  const { mode } = cluster.policy;
  const step = withheldStep('observe', 'provider_unreachable', null, listed, poll);
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
    code: step.code,
    reason: step.reason,
    steps: [step, ...referenceSteps(listed, current)],
    mode,
  };
}
