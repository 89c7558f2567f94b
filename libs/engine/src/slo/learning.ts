import type { Bounds, Observation, SloPolicy } from '../types.js';
import { ceilCount, type Seen } from '../baselines/seen.js';
import { ASSUMED_LEAD_MS } from '../lead-time.js';
import { type Circumstances, Learner } from './learner.js';
import { Model } from './model.js';

const MINUTE_S = 60;
/** A lead time that was measured shorter by more than this share (and a step) is news. */
const SHORTER = 0.25;

/** Demand that differs from what CPU alone says by no more than this share is what CPU says, to the last digit. */
const SAME = 1e-6;

/** What of an observation teaches. */
export interface Learnable extends Pick<Observation, 'at' | 'cpu' | 'demand' | 'saturated' | 'servers'> {
  /** Active servers that were warming up; absent: none. */
  readonly warming?: number;
  /** The lead time that was planned with then, where it is known to differ from the setting's. */
  readonly leadTimeMs?: number | null;
}

/** What the observations of a cluster have in common. */
export interface Setting {
  /** `null` until it was measured. */
  readonly leadTimeMs: number | null;
  readonly intervalMs: number;
  readonly bounds: Bounds;
}

/**
 * An observation as the model takes it; `null` while demand is not known.
 * @param planned the lead time that is planned with, seconds, 0 where there is none yet: small changes leave it as it is
 */
export function seenOf(observation: Learnable, setting: Setting, planned: number): Seen | null {
  const { cpu, demand, servers, at, leadTimeMs = setting.leadTimeMs } = observation;
  if (cpu === null || demand === null || servers.active === 0) return null;
  // While the others are full, those that are warming up are on their way: what is hidden is not a multiple of their number.
  const unready = observation.saturated ? Math.min(observation.warming ?? 0, servers.active - 1) : 0;
  const active = servers.active - unready;
  const tickSeconds = Math.max(MINUTE_S, Math.round(setting.intervalMs / 1000 / MINUTE_S) * MINUTE_S);
  return {
    at,
    tickSeconds,
    cpu: utilizationOf(cpu.mean, demand / active),
    served: demand,
    active,
    provisioning: servers.provisioning + unready,
    min: setting.bounds.min,
    max: setting.bounds.max,
    leadSeconds: plannedWith(leadTimeMs ?? ASSUMED_LEAD_MS, tickSeconds, planned),
  };
}

/**
 * The share of capacity that is used: CPU, where that is what demand was estimated from, and else demand. In single precision, as CPU
 * is stored, so that history teaches the same.
 */
function utilizationOf(cpuPercent: number, perServer: number): number {
  const cpu = Math.min(100, Math.fround(cpuPercent)) / 100;
  return Math.abs(perServer - cpu) <= SAME * cpu ? cpu : Math.fround(100 * perServer) / 100;
}

/** The lead time in whole steps, seconds. */
export function inSteps(leadTimeMs: number, stepSeconds: number): number {
  return ceilCount(leadTimeMs / 1000 / stepSeconds) * stepSeconds;
}

/** A lead time is measured anew each time: longer is news at once, a little shorter is not. */
function plannedWith(leadTimeMs: number, stepSeconds: number, planned: number): number {
  const measured = inSteps(leadTimeMs, stepSeconds);
  const isALittleShorter = measured < planned && planned - measured <= Math.max(stepSeconds, SHORTER * planned);
  return isALittleShorter ? planned : measured;
}

export function circumstancesOf({ violations, maxUtilization }: SloPolicy, seen: Seen): Circumstances {
  return { violations, maxUtilization, stepSeconds: seen.tickSeconds, leadSeconds: seen.leadSeconds };
}

/** A learner that goes on from `model` where that was learned under the same promise and step, and a new one otherwise. */
export function resume(
  policy: SloPolicy,
  seen: Seen,
  model: Model | null,
): { readonly model: Model | null; readonly learner: Learner } {
  const now = circumstancesOf(policy, seen);
  const learnt = model !== null && isOfUse(model, now) ? model.take() : null;
  if (model === null || learnt === null) return { model: null, learner: Learner.begin(now, seen.active) };
  if (model.circumstances.leadSeconds === now.leadSeconds) return { model, learner: learnt };
  const learner = withLeadTime(policy, seen, learnt);
  model.giveBack(learnt);
  return { model: Model.of(learner, now, model.minute), learner };
}

/** One that knows what `learner` does and plans with the lead time that was seen; `learner` stays as it is. */
export function withLeadTime(policy: SloPolicy, seen: Seen, learner: Learner): Learner {
  const next = Learner.begin(circumstancesOf(policy, seen), seen.active);
  next.adopt(learner);
  return next;
}

function isOfUse({ circumstances }: Model, { violations, maxUtilization, stepSeconds }: Circumstances): boolean {
  return (
    circumstances.violations === violations &&
    circumstances.maxUtilization === maxUtilization &&
    circumstances.stepSeconds === stepSeconds
  );
}
