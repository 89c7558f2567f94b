import type { ProposeContext, Proposal } from './policies/proposer.js';
import { proposeSlo } from './slo/index.js';
import { proposeTargetTracking } from './policies/target-tracking.js';
import { proposeThreshold } from './policies/threshold.js';
import { guardFull, guardRemoval, guardRestored } from './decide/guards.js';
import {
  bound,
  conflictSteps,
  effectiveBounds,
  holdByHand,
  inSteps,
  manualChangeOf,
  notBelowAsked,
  undoneByHand,
  withinOuter,
} from './decide/person.js';
import { NO_POLICY, step } from './decide/sentences.js';
import { emptyIdle, guardZero, idleSince } from './decide/zero.js';
import { aside, chained, reasonIn, referenceSteps, type Verdict } from './decide/verdict.js';
import { noteRestored, withoutFuture } from './state.js';
import type {
  Action,
  Decision,
  EngineState,
  Forecast,
  OpenWindow,
  Policy,
  PolicyKind,
  Step,
  TickInput,
  TickOutput,
} from './types.js';

/** More servers than any cluster has; a count above it would not fit into the database. */
const MOST_COUNTED = 1_000_000;

/**
 * One decision for one cluster. Each policy proposes, and the highest proposal wins. Then what outranks policies is
 * applied in this order: missing knowledge, undo, hold, bounds. Pure: the same input gives the same output.
 */
export function tick(input: TickInput): TickOutput {
  const { observation, policy, hold, now } = input;
  const state = withoutFuture(input.state, now);
  const listed = observation.servers.active + observation.servers.provisioning;
  const { reference: current } = input;
  const context: ProposeContext = {
    now,
    intervalMs: input.intervalMs,
    bounds: input.bounds,
    observation,
    current,
    leadTimeMs: input.leadTimeMs,
    ...(input.leadTime === undefined ? {} : { leadTime: input.leadTime }),
    engine: state,
  };
  const steps: Step[] = [sawStep(input, listed), ...referenceSteps(listed, current)];
  const { proposals, states, forecast } = propose(policy, context);
  const onlookers = policy.forecastOnly ?? [];
  const acting = proposals.filter(({ kind }) => !onlookers.includes(kind));
  for (const one of proposals) {
    if (onlookers.includes(one.kind)) steps.push(...aside([...one.proposal.steps, forecastOnlyStep(one, current)]));
  }
  const windows = onlookers.includes('schedule') ? [] : (input.openWindows ?? []);
  if (onlookers.includes('schedule'))
    steps.push(...aside((input.openWindows ?? []).map((window) => windowShownStep(window, current))));

  const idle = idleSince(input);
  const combined = emptyIdle(combine(acting, current, steps), idle, input, steps);
  const guarded = guardFull(guardRemoval(combined, input, listed, steps), input, steps);
  const proposed = guardZero(guardRestored(guarded, input, state, steps), input, listed, steps);
  const bounds = withinOuter(effectiveBounds(input.bounds, windows), input.outerBounds ?? null);
  const undone = undoneByHand(proposed, bounds, input, steps);
  const held = holdByHand(undone, hold, now, steps);
  steps.push(...conflictSteps(input.bounds, windows, held.count));
  const bounded = bound(held, bounds, observation, steps);
  const wished = Math.min(held.count, MOST_COUNTED);
  const manualChange = manualChangeOf(bounded, held, bounds, current);
  const stepped = inSteps(bounded, proposed, input, steps);
  const floored = notBelowAsked(stepped, input, listed, bounds.max, steps);
  const verdict = replaceMissing(floored, input, listed, steps);
  if (policy.mode === 'recommend' && verdict.count !== current) {
    steps.push(step('mode', 'recommend_only', verdict.count, verdict.count, { reference: current }));
  }
  // Missing servers are requested again, so the decision starts from the listed count.
  const from = listed < current && verdict.count >= current ? listed : current;
  const decision: Decision = {
    at: now,
    action: actionOf(from, verdict.count),
    current: from,
    listed,
    reference: current,
    desired: verdict.count,
    wished,
    unmet: held.asked ? Math.max(0, wished - bounded.count) : 0,
    policy: verdict.policy,
    code: verdict.code,
    reason: reasonIn(verdict, policy.mode),
    steps: chained(steps),
    ...(manualChange === null ? {} : { manualChange }),
    mode: policy.mode,
  };
  const { from: before = 0, to: changed = 0 } = input.undone ?? {};
  const noted = before > changed ? noteRestored(state, before, now) : state;
  const { idleSince: _before, ...rest } = noted;
  const policies = { ...state.policies, ...states };
  const next: EngineState = { ...rest, policies, ...(idle === null ? {} : { idleSince: idle }) };
  return { decision, forecast, state: next };
}

interface Proposed {
  readonly kind: PolicyKind;
  readonly proposal: Proposal;
}

function propose(
  policy: Policy,
  context: ProposeContext,
): { proposals: readonly Proposed[]; states: EngineState['policies']; forecast: Forecast | null } {
  const { policies } = context.engine;
  const proposals: Proposed[] = [];
  if (policy.slo !== undefined) {
    proposals.push({ kind: 'slo', proposal: proposeSlo(policy.slo, context, policies.slo) });
  }
  if (policy.threshold !== undefined) {
    proposals.push({ kind: 'threshold', proposal: proposeThreshold(policy.threshold, context, policies.threshold) });
  }
  if (policy.targetTracking !== undefined) {
    proposals.push({
      kind: 'target_tracking',
      proposal: proposeTargetTracking(policy.targetTracking, context, policies.target_tracking),
    });
  }
  const states = Object.fromEntries(proposals.map(({ kind, proposal }) => [kind, proposal.state]));
  const forecast = proposals.find(({ proposal }) => proposal.forecast !== undefined)?.proposal.forecast ?? null;
  return { proposals, states, forecast };
}

/** The step with the observed values and the demand. */
function sawStep({ observation }: TickInput, current: number): Step {
  const { servers, reporting, cpu, memory, demand, bottleneck, saturated, stalenessMs } = observation;
  const code = cpu === null && demand === null ? 'no_metrics' : saturated ? 'saturated' : 'seen';
  return step('observe', code, null, current, {
    active: servers.active,
    provisioning: servers.provisioning,
    draining: servers.draining,
    reporting,
    cpu: round(cpu?.mean),
    memory: round(memory?.mean),
    request_rate: round(observation.requestRate),
    demand: round(demand),
    bottleneck: bottleneck ?? null,
    saturated,
    full: observation.full,
    warming: observation.warming,
    staleness_ms: stalenessMs,
  });
}

function forecastOnlyStep({ kind, proposal }: Proposed, current: number): Step {
  const desired = proposal.desired ?? current;
  return { ...step('mode', 'forecast_only', current, desired, { policy: kind, desired }), policy: kind };
}

function windowShownStep({ name: window, minServers, maxServers }: OpenWindow, current: number): Step {
  const after = Math.max(minServers ?? 0, Math.min(maxServers ?? current, current));
  const data = { window, min_servers: minServers ?? null, max_servers: maxServers ?? null };
  return { ...step('mode', 'forecast_only', current, after, data), policy: 'schedule' };
}

/** Declared precedence: the highest proposal wins; a policy that knows too little blocks removals. */
function combine(proposals: readonly Proposed[], current: number, steps: Step[]): Verdict {
  if (proposals.length === 0) {
    const none = { policy: 'none', code: 'no_policy', reason: NO_POLICY, proposal: '' } as const;
    return { ...none, count: current, asked: false };
  }
  const counted = proposals.map(({ kind, proposal }) => ({ kind, proposal, count: proposal.desired ?? current }));
  const winner = counted.reduce((best, other) => (other.count > best.count ? other : best));
  const { kind, proposal, count } = winner;
  for (const other of counted) steps.push(...(other === winner ? proposal.steps : aside(other.proposal.steps)));
  if (counted.length > 1) {
    const counts = Object.fromEntries(counted.map((other) => [other.kind, other.count]));
    steps.push({ ...step('combine', 'highest', count, count, counts), policy: kind });
  }
  const { desired, code, reason } = proposal;
  return { count, asked: desired !== null, policy: kind, code, reason, proposal: proposal.explanation };
}

/** If nothing else changes the count, missing servers are requested again. */
function replaceMissing(verdict: Verdict, { reference, lost = 0 }: TickInput, listed: number, steps: Step[]): Verdict {
  if (listed >= reference || verdict.count !== reference) return verdict;
  const code = lost > 0 ? 'replace_lost' : 'ask_again';
  const again = step('reference', code, reference, reference, { listed, reference, lost });
  steps.push(again);
  return { ...verdict, code, reason: again.reason };
}

function actionOf(current: number, desired: number): Action {
  if (desired > current) return 'SCALE_UP';
  return desired < current ? 'SCALE_DOWN' : 'MAINTAIN';
}

function round(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100;
}
