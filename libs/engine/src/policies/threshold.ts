import { keptAfter, lineFrom, type MemoryLine, withLook } from '../demand/memory-line.js';
import { isAllWarming } from '../observe.js';
import type { Observation, Step, ThresholdPolicy } from '../types.js';
import type { ProposeContext, Proposer } from './proposer.js';
import {
  asksForMore,
  find,
  type Finding,
  fitFrom,
  HEARD,
  isPoint,
  type Point,
  type Silence,
  type View,
  withServers,
} from './threshold-view.js';
import { type Found, step, type Sustained } from './threshold.sentences.js';

/** Unknown load for this many intervals interrupts a sustained state. */
const INTERRUPTED_AFTER = 3;

/** Points kept for the trend; with shorter intervals not every tick is kept. */
const HISTORY_KEPT = 60;

interface ThresholdState {
  /** Since when load has been high, or low, without interruption. */
  readonly highSince: number | null;
  readonly lowSince: number | null;
  /** When load was last known; a longer gap interrupts. */
  readonly seenAt: number | null;
  /** Recent demand without interruption, CPU percent summed over the active servers; oldest first. */
  readonly demand: readonly Point[];
  /** Memory as a function of load. */
  readonly memoryLine: MemoryLine;
}

/** The classic rules: sustained thresholds, trend, spike, emergency, steps and cooldowns. */
export const proposeThreshold: Proposer<ThresholdPolicy> = (policy, context, stored) => {
  const { observation, current, now } = context;
  const { cpu, servers } = observation;
  const before = readState(stored);
  if (cpu === null || servers.active === 0) {
    const kept = step('propose', 'metrics_missing', current, current, undefined);
    const { code, reason } = kept;
    return { desired: null, code, reason, explanation: reason, steps: [kept], state: before };
  }
  // If the clock was set back, it is unknown how long load was high.
  const interrupted =
    before.seenAt === null || now < before.seenAt || now - before.seenAt > INTERRUPTED_AFTER * context.intervalMs;
  const point = { at: now, value: cpu.mean * servers.active };
  // The load of servers missing from the list is unknown: such a tick says nothing about demand.
  const isShort = servers.active + servers.provisioning < current;
  const known = interrupted ? [] : before.demand;
  const demand = isShort ? known : remember(known, point, policy);
  const memoryLine = learn(before, observation, now);
  const view: View = {
    servers: servers.active,
    cpu: cpu.mean,
    memory: observation.memory?.mean ?? null,
    demand: isShort ? [] : demand,
    fit: fitFrom(memoryLine),
  };
  const silence = silenceOf(observation);
  const finding = find(policy, view, silence, now);
  const state: ThresholdState = {
    highSince: asksForMore(finding) ? ((interrupted ? null : before.highSince) ?? now) : null,
    lowSince: finding.load === 'low' ? ((interrupted ? null : before.lowSince) ?? now) : null,
    seenAt: now,
    demand,
    memoryLine,
  };
  const proposed = act(policy, context, finding, state, view);
  const cooled = coolDown(policy, context, finding, proposed);
  const explanation = proposed.reason;
  if (cooled === null) {
    const { after: desired, code, reason } = proposed;
    return { desired, code, reason, explanation, steps: [proposed], state };
  }
  const reason = `${cooled.reason} ${explanation}`;
  return { desired: cooled.after, code: cooled.code, reason, explanation, steps: [proposed, cooled], state };
};

/** A cluster that is saturated, starting or half silent teaches nothing about memory and load. */
function learn({ seenAt, memoryLine }: ThresholdState, observation: Observation, now: number): MemoryLine {
  const { cpu, memory, fresh, saturated, samples } = observation;
  if (cpu === null || memory === null || !fresh || saturated || isAllWarming(samples)) return memoryLine;
  const elapsed = seenAt === null ? 0 : Math.max(0, now - seenAt);
  return withLook(memoryLine, keptAfter(elapsed), cpu.mean / 100, memory.mean / 100);
}

/** Shares of active servers with an unknown metric. */
function silenceOf({ servers, reportingBy }: Observation): Silence {
  const share = (heard: number): number => Math.max(0, servers.active - heard) / servers.active;
  return { cpu: share(reportingBy.cpu), memory: share(reportingBy.memory) };
}

/** The step that the finding calls for, before cooldowns. */
function act(
  policy: ThresholdPolicy,
  { current, observation, now }: ProposeContext,
  { load, found }: Finding,
  state: ThresholdState,
  view: View,
): Step {
  switch (load) {
    case 'emergency': {
      // Counted from the servers that take load: pending ones were requested in the same emergency.
      const after = Math.max(current, observation.servers.active + policy.emergencyStep);
      return step('propose', 'emergency', current, after, found);
    }
    case 'spike':
      return step('propose', 'spike', current, current + policy.scaleUpStep, found);
    case 'high': {
      const data = { ...found, sustained_ms: now - (state.highSince ?? now), required_ms: policy.sustainedHighMs };
      return data.sustained_ms < data.required_ms
        ? step('propose', 'high_not_sustained', current, current, data)
        : step('propose', 'high', current, current + policy.scaleUpStep, data);
    }
    case 'low': {
      if (current > observation.servers.active) return step('propose', 'still_provisioning', current, current, found);
      const data = { ...found, sustained_ms: now - (state.lowSince ?? now), required_ms: policy.sustainedLowMs };
      return data.sustained_ms < data.required_ms
        ? step('propose', 'low_not_sustained', current, current, data)
        : remove(policy, current, view, data, now);
    }
    case 'normal':
      return step('propose', 'normal', current, current, found);
    default:
      return load satisfies never;
  }
}

/**
 * Goes down towards the step's count as far as no rule would scale up again (Azure autoscale, "flapping"): high
 * thresholds, emergency, spike and trend are evaluated for the remaining servers.
 */
function remove(policy: ThresholdPolicy, current: number, view: View, low: Found & Sustained, now: number): Step {
  const least = Math.max(0, current - policy.scaleDownStep);
  for (let count = least; count < current; count += 1) {
    if (asksForMore(find(policy, withServers(view, count), HEARD, now))) continue;
    return step('propose', 'low', current, count, { ...low, step_would_add: count > least });
  }
  const { found } = find(policy, withServers(view, current - 1), HEARD, now);
  return step('propose', 'removal_would_add', current, current, { ...found, projected_servers: current - 1 });
}

/** `null` if no cooldown applies. */
function coolDown(
  policy: ThresholdPolicy,
  { current, engine, now }: ProposeContext,
  { load }: Finding,
  proposed: Step,
): Step | null {
  if (proposed.after === current || load === 'emergency') return null;
  const up = proposed.after > current;
  const since = up
    ? engine.lastScaleUpAt
    : latest(latest(engine.lastScaleUpAt, engine.lastScaleDownAt), engine.lastExternalAt ?? null);
  const cooldown = up ? policy.cooldownUpMs : policy.cooldownDownMs;
  if (since === null || now - since >= cooldown) return null;
  const data = { elapsed_ms: now - since, cooldown_ms: cooldown };
  return step('cooldown', up ? 'cooldown_up' : 'cooldown_down', proposed.after, current, data);
}

function remember(history: readonly Point[], point: Point, policy: ThresholdPolicy): readonly Point[] {
  const window = Math.max(policy.trendWindowMs, policy.spikeWindowMs);
  const kept = history.filter(({ at }) => at > point.at - window && at < point.at);
  const newest = kept.at(-1);
  // Points closer together than this would push the start of the window out of the history.
  if (newest !== undefined && kept.length >= 2 && newest.at - (kept.at(-2)?.at ?? 0) < window / HISTORY_KEPT)
    kept.pop();
  return [...kept, point].slice(-HISTORY_KEPT);
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function readState(stored: unknown): ThresholdState {
  const { highSince, lowSince, seenAt, demand, memoryLine } = (stored ?? {}) as Partial<
    Record<keyof ThresholdState, unknown>
  >;
  return {
    highSince: timeOrNull(highSince),
    lowSince: timeOrNull(lowSince),
    seenAt: timeOrNull(seenAt),
    demand: Array.isArray(demand) ? demand.filter(isPoint) : [],
    memoryLine: lineFrom(memoryLine),
  };
}

function timeOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
