import type { Bounds, Observation, SloPolicy } from '../types.js';
import { ceilCount, type Seen } from '../baselines/seen.js';
import { ASSUMED_LEAD_MS } from '../lead-time.js';
import { type Circumstances, Learner } from './learner.js';
import { Model } from './model.js';

const MINUTE_S = 60;
/** A measured lead time that is shorter by at most this share (or one step) is not followed at once. */
const SHORTER = 0.25;
/** It is followed once it has been shorter for this long. */
const SHORTER_FOR_MS = 3_600_000;

/** If demand differs from CPU times servers by no more than this share, CPU is used as measured. */
const SAME = 1e-6;
/** Utilization by work that exceeds the servers: full, and below saturation. */
const KNOWN_EXCESS = 0.97;

/** The parts of an observation that are learned from. */
export interface Learnable extends Pick<Observation, 'at' | 'cpu' | 'demand' | 'saturated' | 'servers'> {
  /** Active servers that were warming up; absent: none. */
  readonly warming?: number;
  /** The lead time used for planning then, if known to differ from the setting's. */
  readonly leadTimeMs?: number | null;
}

/** Values that the observations of a cluster have in common. */
export interface Setting {
  /** `null` until one was measured. */
  readonly leadTimeMs: number | null;
  readonly intervalMs: number;
  readonly bounds: Bounds;
}

/** The lead time that is planned with. */
export interface PlannedLead {
  /** 0: none yet. */
  readonly seconds: number;
  /** Since when a slightly shorter one has been measured, milliseconds since the epoch; `null`: it has not. */
  readonly shorterSince: number | null;
}

/** A longer measured lead time applies at once; a slightly shorter one after an hour. */
export function plannedLead({ at, ...observation }: Learnable, setting: Setting, before: PlannedLead): PlannedLead {
  const { leadTimeMs = setting.leadTimeMs } = observation;
  const step = stepSecondsOf(setting);
  const measured = inSteps(leadTimeMs ?? ASSUMED_LEAD_MS, step);
  const { seconds: planned } = before;
  const isALittleShorter = measured < planned && planned - measured <= Math.max(step, SHORTER * planned);
  if (!isALittleShorter) return { seconds: measured, shorterSince: null };
  // After the clock was set back the hour begins again.
  const since = Math.min(before.shorterSince ?? at, at);
  return at - since < SHORTER_FOR_MS
    ? { seconds: planned, shorterSince: since }
    : { seconds: measured, shorterSince: null };
}

/**
 * An observation as input of the model; `null` if demand is unknown.
 *
 * @param leadSeconds the lead time to plan with
 */
export function seenOf(observation: Learnable, setting: Setting, leadSeconds: number): Seen | null {
  const { cpu, demand, servers, at } = observation;
  if (demand === null || servers.active === 0) return null;
  // If the others are full, servers that are warming up count as pending: hidden demand must not be multiplied by their
  // number.
  const unready = observation.saturated ? Math.min(observation.warming ?? 0, servers.active - 1) : 0;
  const active = servers.active - unready;
  return {
    at,
    tickSeconds: stepSecondsOf(setting),
    cpu: utilizationOf(cpu?.mean ?? null, demand / active, observation.saturated),
    served: demand,
    active,
    provisioning: servers.provisioning + unready,
    min: setting.bounds.min,
    max: setting.bounds.max,
    leadSeconds,
  };
}

function stepSecondsOf({ intervalMs }: Setting): number {
  return Math.max(MINUTE_S, Math.round(intervalMs / 1000 / MINUTE_S) * MINUTE_S);
}

/**
 * Utilization of the capacity: CPU if demand was estimated from it, otherwise derived from demand. In single precision,
 * as stored, so that replay gives the same result. Work that is known and exceeds the servers is no hidden demand:
 * it counts as full use below the level from which the model assumes more.
 */
function utilizationOf(cpuPercent: number | null, perServer: number, saturated: boolean): number {
  if (perServer > 1 && !saturated) return KNOWN_EXCESS;
  const cpu = cpuPercent === null ? Number.NaN : Math.min(100, Math.fround(cpuPercent)) / 100;
  return Math.abs(perServer - cpu) <= SAME * cpu ? cpu : Math.fround(100 * perServer) / 100;
}

/** The lead time rounded up to whole steps, seconds. */
export function inSteps(leadTimeMs: number, stepSeconds: number): number {
  return ceilCount(leadTimeMs / 1000 / stepSeconds) * stepSeconds;
}

export function circumstancesOf({ violations, maxUtilization }: SloPolicy, seen: Seen): Circumstances {
  return { violations, maxUtilization, stepSeconds: seen.tickSeconds, leadSeconds: seen.leadSeconds };
}

/** The learner of `model`, if it was learned for the same promise and step; otherwise a new one. */
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

/** A learner with the knowledge of `learner` and the observed lead time; `learner` stays unchanged. */
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
