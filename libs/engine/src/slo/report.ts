import type { Seen } from '../baselines/seen.js';
import type { EngineState } from '../types.js';
import type { BudgetReport } from './budget.js';
import type { Learner, ModelState } from './learner.js';
import type { PredictabilityReport } from './predictability.js';
import { ENOUGH_STEPS, round, type ScoresReport } from './scores.js';
import type { TrustReport } from './trust.js';

/** How forecasts over one time did. */
export interface HorizonScores extends ScoresReport {
  /** Time over which the highest demand was forecast, seconds. */
  readonly seconds: number;
}

/** How forecasts over one time did, and what that says. */
export interface JudgedHorizon extends HorizonScores {
  /** Whether decisions rest on the forecast over this time. */
  readonly decides: boolean;
  /** Whether so many forecasts were scored that the scores say more than what was assumed at first. */
  readonly judged: boolean;
}

/** How a service level stands after a step: small plain JSON, stored with every tick, for people to see. */
export interface ServiceLevelReport {
  /** The step that it stands after, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly state: ModelState;
  /** Since when the state holds, milliseconds since the Unix epoch. */
  readonly since: number;
  readonly stepSeconds: number;
  /** The lead time that is planned with, in whole steps; of a longer one than can be forecast that is a part. */
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

/** The scores of a report by horizon, the shortest first, with what is to be known to read them. */
export function judgedHorizons({ stepSeconds, leadSeconds, trust }: ServiceLevelReport): readonly JudgedHorizon[] {
  // Told from what is stored anyway, so that a report of an older version tells it, too.
  return trust.horizons.map((scores) => ({
    ...scores,
    decides: scores.seconds === leadSeconds + stepSeconds,
    judged: scores.settled >= ENOUGH_STEPS,
  }));
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
