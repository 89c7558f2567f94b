import type { Seen } from '../baselines/seen.js';
import type { EngineState } from '../types.js';
import type { BudgetReport } from './budget.js';
import type { Learner, ModelState } from './learner.js';
import type { PredictabilityReport } from './predictability.js';
import { ENOUGH_STEPS, round, type ScoresReport } from './scores.js';
import type { TrustReport } from './trust.js';

/** Scores of forecasts over one horizon. */
export interface HorizonScores extends ScoresReport {
  /** Horizon in seconds. */
  readonly seconds: number;
}

/** Scores of forecasts over one horizon, and how to read them. */
export interface JudgedHorizon extends HorizonScores {
  /** Whether decisions use this horizon. */
  readonly decides: boolean;
  /** Whether enough forecasts were scored for the scores to outweigh the prior. */
  readonly judged: boolean;
}

/** State of a service level after a step: small plain JSON, stored with every tick, for display. */
export interface ServiceLevelReport {
  /** Time of the step, milliseconds since the epoch. */
  readonly at: number;
  readonly state: ModelState;
  /** When the state began, milliseconds since the epoch. */
  readonly since: number;
  readonly stepSeconds: number;
  /** The lead time used for planning in whole steps; limited by the longest horizon. */
  readonly leadSeconds: number;
  readonly budget: BudgetReport;
  readonly trust: TrustReport & PredictabilityReport & { readonly horizons: readonly HorizonScores[] };
}

export function reportOf({ controller, predictability, state, since }: Learner, seen: Seen): ServiceLevelReport {
  const { trust, horizons } = controller.forecaster;
  const { coverage, pinball, bias, settled, demoted } = trust.report();
  const { skill, predictable } = predictability.report(trust.loss, settled);
  const { tickSeconds } = seen;
  const byHorizon: HorizonScores[] = [
    { seconds: (controller.lead + 1) * tickSeconds, coverage, pinball, bias, settled },
  ];
  for (const { steps, ...scores } of horizons.report()) byHorizon.push({ seconds: steps * tickSeconds, ...scores });
  const { promised, spent, left, burnRate } = controller.budget.report();
  return {
    at: seen.at,
    state,
    since,
    stepSeconds: tickSeconds,
    leadSeconds: controller.lead * tickSeconds,
    budget: { promised, spent: round(spent), left: round(left), burnRate: round(burnRate) },
    trust: {
      coverage,
      pinball,
      bias,
      settled,
      demoted,
      skill: skill === null ? null : round(skill),
      predictable,
      horizons: byHorizon.sort((one, other) => one.seconds - other.seconds),
    },
  };
}

/** The scores of a report by horizon, shortest first. */
export function judgedHorizons({ stepSeconds, leadSeconds, trust }: ServiceLevelReport): readonly JudgedHorizon[] {
  // Derived from stored values, so that it works for reports of older versions, too.
  return trust.horizons.map((scores) => ({
    ...scores,
    decides: scores.seconds === leadSeconds + stepSeconds,
    judged: scores.settled >= ENOUGH_STEPS,
  }));
}

/** State of a cluster's service level; `null` if there is none, or nothing was seen yet. */
export function serviceLevelOf({ policies }: Pick<EngineState, 'policies'>): ServiceLevelReport | null {
  const { report } = (policies.slo ?? {}) as { report?: unknown };
  if (!isReport(report)) return null;
  const { horizons }: { readonly horizons?: readonly HorizonScores[] } = report.trust;
  // An older version scored one horizon.
  return { ...report, trust: { ...report.trust, horizons: horizons ?? [] } };
}

/** Whether a stored value is a report of this version or an older one. */
export function isReport(value: unknown): value is ServiceLevelReport {
  const { at, state, budget, trust } = (value ?? {}) as Partial<Record<keyof ServiceLevelReport, unknown>>;
  return Number.isFinite(at) && typeof state === 'string' && isObject(budget) && isObject(trust);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
