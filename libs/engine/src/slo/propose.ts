import type { Proposer } from '../policies/proposer.js';
import type { Forecast, Observation, SloPolicy, Step } from '../types.js';
import { clampCount, type Seen } from '../baselines/seen.js';
import { SloController } from './controller.js';
import { explain } from './explain.js';
import { packMemory, unpackMemory } from './memory.js';

/** A lead time to plan with until one was measured. */
const ASSUMED_LEAD_MS = 120_000;
const MINUTE_S = 60;
/** Levels that a forecast is recorded at. */
const LEVELS = [0.5, 0.9, 0.99] as const;

/** The model as stored with a cluster: arrays as base64, of a size that only the lead time changes. */
export interface SloState {
  readonly version: 1;
  readonly promise: string;
  readonly stepSeconds: number;
  readonly leadSeconds: number;
  /** The step that the model saw last, minutes since the Unix epoch. */
  readonly minute: number;
  readonly memory: readonly string[];
  /** When the count was changed within the last day; kept only where their number is bounded. */
  readonly changes: readonly number[];
}

/**
 * The service level as a policy: learns from the tick, and proposes the count that keeps the promise at the least cost.
 * Ticks shorter than a minute teach once a minute; a gap in the metrics teaches nothing and changes nothing.
 */
export const proposeSlo: Proposer<SloPolicy> = (policy, context, stored) => {
  const { observation, current, bounds, now, intervalMs } = context;
  const seen = seenOf(observation, context.leadTimeMs ?? ASSUMED_LEAD_MS, intervalMs, bounds);
  if (seen === null) {
    const reason = 'Demand is not known, so the service level asks for no change.';
    const step = {
      stage: 'propose',
      policy: 'slo',
      code: 'metrics_missing',
      before: current,
      after: current,
      reason,
    } as const;
    return { desired: null, code: 'metrics_missing', reason, steps: [step], state: stored };
  }
  const minute = Math.floor(now / 60_000);
  const restored = restore(policy, seen, stored);
  const { controller } = restored;
  const changes = restored.changes.filter((at) => at > now - 86_400_000);
  const missed = Math.floor((minute - restored.minute) / (seen.tickSeconds / 60)) - 1;
  if (Number.isFinite(missed) && missed > 0) controller.forecaster.skip(missed);
  const isNewStep = minute - restored.minute >= seen.tickSeconds / 60;
  const wished = isNewStep ? controller.desired(seen) : betweenSteps(controller, seen, current);
  const { steps, reason, code } = explain(controller, seen, policy, wished);
  const { desired, limited } = limitActions(wished, current, seen, policy, changes);
  if (limited !== null) steps.push(limited);
  const state: SloState = {
    version: 1,
    promise: promiseOf(policy),
    stepSeconds: seen.tickSeconds,
    leadSeconds: seen.leadSeconds,
    minute: isNewStep ? minute : restored.minute,
    memory: isNewStep ? packMemory(controller.parts()) : restored.memory,
    changes: policy.maxActionsPerDay === null || desired === current ? changes : [...changes, now],
  };
  return {
    desired,
    code: limited?.code ?? code,
    reason: limited?.reason ?? reason,
    steps,
    forecast: forecastOf(controller, seen),
    state,
  };
};

/** Within a minute only growth out of saturation is news. */
function betweenSteps(controller: SloController, seen: Seen, current: number): number {
  return clampCount(controller.between(seen, current), seen);
}

function seenOf(
  observation: Observation,
  leadTimeMs: number,
  intervalMs: number,
  bounds: { readonly min: number; readonly max: number },
): Seen | null {
  const { cpu, memory, demand, servers, at, saturated } = observation;
  if (cpu === null || demand === null || servers.active === 0) return null;
  // The scarcest resource decides.
  const scarcest = Math.min(100, Math.max(cpu.mean, memory?.mean ?? 0)) / 100;
  const tickSeconds = Math.max(MINUTE_S, Math.round(intervalMs / 1000 / MINUTE_S) * MINUTE_S);
  return {
    at,
    tickSeconds,
    cpu: saturated ? 1 : scarcest,
    served: demand,
    active: servers.active,
    provisioning: servers.provisioning,
    min: bounds.min,
    max: bounds.max,
    // Whole steps: a lead time that is measured anew each time must not make the model begin again.
    leadSeconds: Math.ceil(leadTimeMs / 1000 / tickSeconds) * tickSeconds,
  };
}

function promiseOf({ violations, maxUtilization }: SloPolicy): string {
  return `${violations}@${maxUtilization}`;
}

interface Restored {
  readonly controller: SloController;
  readonly minute: number;
  readonly memory: readonly string[];
  readonly changes: readonly number[];
}

/** The model as stored, or a new one where the promise or the step changed or the state cannot be read. */
function restore(policy: SloPolicy, seen: Seen, stored: unknown): Restored {
  const state = (stored ?? {}) as Partial<SloState>;
  const controller = new SloController(policy, seen);
  const fresh = { controller, minute: Number.NEGATIVE_INFINITY, memory: [], changes: [] };
  if (state.version !== 1 || state.promise !== promiseOf(policy) || state.stepSeconds !== seen.tickSeconds)
    return fresh;
  const { memory = [], minute = Number.NEGATIVE_INFINITY, changes = [] } = state;
  if (state.leadSeconds === seen.leadSeconds) {
    return unpackMemory(controller.parts(), memory) ? { controller, minute, memory, changes } : fresh;
  }
  // Another lead time: shadow fleets begin anew, what was learnt about demand stays.
  const before = new SloController(policy, { ...seen, leadSeconds: state.leadSeconds ?? 0 });
  if (!unpackMemory(before.parts(), memory)) return fresh;
  unpackMemory(controller.lasting(), packMemory(before.lasting()));
  return { controller, minute, memory, changes };
}

/** A bound on changes per day holds back what saves money; it never holds back what saves requests. */
function limitActions(
  wished: number,
  current: number,
  seen: Seen,
  { maxActionsPerDay }: SloPolicy,
  changes: readonly number[],
): { desired: number; limited: Step | null } {
  if (maxActionsPerDay === null || wished >= current || changes.length < maxActionsPerDay) {
    return { desired: wished, limited: null };
  }
  return {
    desired: clampCount(current, seen),
    limited: {
      stage: 'limit',
      policy: 'slo',
      code: 'max_actions_per_day',
      before: wished,
      after: clampCount(current, seen),
      reason: `There were ${changes.length} changes within a day, and ${maxActionsPerDay} are allowed: no server is removed.`,
    },
  };
}

function forecastOf(controller: SloController, seen: Seen): Forecast {
  const { outlook } = controller.forecaster;
  const { choice } = controller;
  const level = choice === null ? 0.99 : Math.min(0.9999, Math.max(0.0001, outlook.levelOf(choice.desired)));
  return {
    at: seen.at,
    horizonMs: (controller.lead + 1) * seen.tickSeconds * 1000,
    model: choice === null || choice.price > 0 ? 'log_ratio_regression' : 'reactive',
    level,
    upper: outlook.quantile(level),
    quantiles: Object.fromEntries(LEVELS.map((one) => [String(one), outlook.quantile(one)])),
  };
}
