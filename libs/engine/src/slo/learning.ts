import type { Bounds, Observation, SloPolicy } from '../types.js';
import type { Seen } from '../baselines/seen.js';
import { SloController } from './controller.js';
import { type Circumstances, Model } from './model.js';

/** A lead time to plan with until one was measured. */
const ASSUMED_LEAD_MS = 120_000;
const MINUTE_S = 60;
const MINUTE_MS = 60_000;
/** A lead time that was measured shorter by more than this share (and a step) is news. */
const SHORTER = 0.25;

/** What of an observation teaches. */
export type Learnable = Pick<Observation, 'at' | 'cpu' | 'memory' | 'demand' | 'servers'>;

/** What the observations of a cluster have in common. */
export interface Setting {
  /** `null` until it was measured. */
  readonly leadTimeMs: number | null;
  readonly intervalMs: number;
  readonly bounds: Bounds;
}

/**
 * An observation as the model takes it; `null` while demand is not known.
 * @param model the model that is to learn from it, where there is one: small changes of the lead time leave it as it is
 */
export function seenOf(observation: Learnable, setting: Setting, model: Model | null): Seen | null {
  const { cpu, memory, demand, servers, at } = observation;
  if (cpu === null || demand === null || servers.active === 0) return null;
  // The scarcest resource decides, in single precision: as it is stored, so that history teaches the same.
  const scarcest = Math.min(100, Math.max(Math.fround(cpu.mean), Math.fround(memory?.mean ?? 0))) / 100;
  const tickSeconds = Math.max(MINUTE_S, Math.round(setting.intervalMs / 1000 / MINUTE_S) * MINUTE_S);
  return {
    at,
    tickSeconds,
    cpu: scarcest,
    served: demand,
    active: servers.active,
    provisioning: servers.provisioning,
    min: setting.bounds.min,
    max: setting.bounds.max,
    leadSeconds: leadSeconds(setting.leadTimeMs ?? ASSUMED_LEAD_MS, tickSeconds, model),
  };
}

/** Whole steps. A lead time is measured anew each time: longer is news at once, a little shorter is not. */
function leadSeconds(leadTimeMs: number, stepSeconds: number, model: Model | null): number {
  const measured = Math.ceil(leadTimeMs / 1000 / stepSeconds - 1e-9) * stepSeconds;
  const planned = model?.circumstances.leadSeconds ?? 0;
  const isALittleShorter = measured < planned && planned - measured <= Math.max(stepSeconds, SHORTER * planned);
  return isALittleShorter ? planned : measured;
}

export function circumstancesOf({ violations, maxUtilization }: SloPolicy, seen: Seen): Circumstances {
  return { violations, maxUtilization, stepSeconds: seen.tickSeconds, leadSeconds: seen.leadSeconds };
}

/** A controller that goes on from `model` where that was learnt under the same promise and step, and a new one otherwise. */
export function resume(
  policy: SloPolicy,
  seen: Seen,
  model: Model | null,
): { readonly model: Model | null; readonly controller: SloController } {
  const make = (leadTime: number): SloController => new SloController(policy, { ...seen, leadSeconds: leadTime });
  const now = circumstancesOf(policy, seen);
  if (model === null || !isOfUse(model, now)) return { model: null, controller: make(now.leadSeconds) };
  const learnt = model.take(() => make(model.circumstances.leadSeconds));
  if (learnt === null) return { model: null, controller: make(now.leadSeconds) };
  if (model.circumstances.leadSeconds === now.leadSeconds) return { model, controller: learnt };
  const controller = make(now.leadSeconds);
  controller.adopt(learnt);
  model.giveBack(learnt);
  return { model: Model.of(controller, now, model.minute), controller };
}

function isOfUse({ circumstances }: Model, { violations, maxUtilization, stepSeconds }: Circumstances): boolean {
  return (
    circumstances.violations === violations &&
    circumstances.maxUtilization === maxUtilization &&
    circumstances.stepSeconds === stepSeconds
  );
}

/**
 * One step of the model; steps that nobody saw are made up for first.
 * @param last the step before, minutes since the Unix epoch
 * @returns the desired count
 */
export function learn(controller: SloController, seen: Seen, last: number | null): number {
  const missed = last === null ? 0 : stepsBetween(last, Math.floor(seen.at / MINUTE_MS), seen.tickSeconds) - 1;
  if (missed > 0) controller.forecaster.skip(missed);
  return controller.desired(seen);
}

/** Whole steps between two minutes. */
export function stepsBetween(from: number, to: number, stepSeconds: number): number {
  return Math.floor((to - from) / (stepSeconds / 60));
}
