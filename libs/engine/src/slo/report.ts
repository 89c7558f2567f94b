import type { Seen } from '../baselines/seen.js';
import type { EngineState } from '../types.js';
import type { BudgetReport } from './budget.js';
import type { Learner, ModelState } from './learner.js';
import type { PredictabilityReport } from './predictability.js';
import type { ScoresReport } from './scores.js';
import type { TrustReport } from './trust.js';

/** How forecasts over one time did. */
export interface HorizonScores extends ScoresReport {
  /** Time over which the highest demand was forecast, seconds. */
  readonly seconds: number;
}

/** How a service level stands after a step: small plain JSON, stored with every tick, for people to see. */
export interface ServiceLevelReport {
  /** The step that it stands after, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly state: ModelState;
  /** Since when the state holds, milliseconds since the Unix epoch. */
  readonly since: number;
  readonly stepSeconds: number;
  /** The lead time that is planned with, in whole steps. */
  readonly leadSeconds: number;
  readonly budget: BudgetReport;
  readonly trust: TrustReport & PredictabilityReport & { readonly horizons: readonly HorizonScores[] };
}

export function reportOf({ controller, predictability, state, since }: Learner, seen: Seen): ServiceLevelReport {
  const { trust, horizons } = controller.forecaster;
  const { demoted, ...scores } = trust.report();
  const decisive = rounded(scores);
  const { skill, predictable } = predictability.report(trust.loss, scores.settled);
  const byHorizon = [{ steps: controller.lead + 1, ...decisive }, ...horizons.report()].map(({ steps, ...other }) => ({
    seconds: steps * seen.tickSeconds,
    ...rounded(other),
  }));
  const { promised, spent, left, burnRate } = controller.budget.report();
  return {
    at: seen.at,
    state,
    since,
    stepSeconds: seen.tickSeconds,
    leadSeconds: seen.leadSeconds,
    budget: { promised, spent: round(spent), left: round(left), burnRate: round(burnRate) },
    trust: {
      ...decisive,
      demoted,
      skill: skill === null ? null : round(skill),
      predictable,
      horizons: byHorizon.toSorted((one, other) => one.seconds - other.seconds),
    },
  };
}

/** How the service level of a cluster stands; `null` where none is promised, or nothing was seen yet. */
export function serviceLevelOf({ policies }: Pick<EngineState, 'policies'>): ServiceLevelReport | null {
  const { report } = (policies.slo ?? {}) as { report?: unknown };
  if (!isReport(report)) return null;
  const { horizons }: { readonly horizons?: readonly HorizonScores[] } = report.trust;
  // An older version scored one horizon.
  return { ...report, trust: { ...report.trust, horizons: horizons ?? [] } };
}

/** How far what is stored can be believed: it was written by this code, or by an older one. */
export function isReport(value: unknown): value is ServiceLevelReport {
  const { at, state, budget, trust } = (value ?? {}) as Partial<Record<keyof ServiceLevelReport, unknown>>;
  return Number.isFinite(at) && typeof state === 'string' && isObject(budget) && isObject(trust);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function rounded({ coverage, pinball, bias, settled }: ScoresReport): ScoresReport {
  const each = (values: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(values).map(([level, value]) => [level, round(value)]));
  return { coverage: each(coverage), pinball: each(pinball), bias: round(bias), settled };
}

/** Four digits after the point: a hundredth of a percent, a ten-thousandth of a server. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
