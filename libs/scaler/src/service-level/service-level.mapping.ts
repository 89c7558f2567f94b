import { formatPercent } from '#clusters';
import {
  ASSUMED_LEAD_MS,
  errorBudgetLeft,
  type EngineState,
  judgedHorizons,
  LEAD_TIME_QUANTILE,
  type Policy,
  serviceLevelOf,
  type ServiceLevelReport,
  summarise,
  usualLeadTimes,
} from '#engine';
import { leadTimeOf, type Tracking } from '../loop/tracking.js';
import type { LeadTimeDto, PromiseDto, ServiceLevelStateDto } from './service-level.dto.js';

/**
 * The published state of a service level.
 *
 * @param engineState as stored with the last tick, by any version; `null` before the first
 */
export function serviceLevelState(engineState: unknown, now: number): ServiceLevelStateDto {
  return toServiceLevelState(reportOf(engineState), now);
}

/** The report of a stored engine state; `null` if there is none. */
export function reportOf(engineState: unknown): ServiceLevelReport | null {
  return engineState === null ? null : serviceLevelOf(withPolicies(engineState));
}

export function toServiceLevelState(report: ServiceLevelReport | null, now: number): ServiceLevelStateDto {
  const summary = summarise(report);
  if (report === null) {
    return {
      budget: null,
      trust: null,
      model: { state: 'none', since: null, step_seconds: null, age_ms: null, summary },
    };
  }
  const { at, state, since, stepSeconds, budget, trust } = report;
  const { promised, spent, left: saved, burnRate } = budget;
  return {
    budget: { promised, spent, left: errorBudgetLeft(budget), saved, burn_rate: burnRate },
    trust: { ...trust, horizons: judgedHorizons(report) },
    model: {
      state,
      since: new Date(since).toISOString(),
      step_seconds: stepSeconds,
      age_ms: Math.max(0, Math.round(now - at)),
      summary,
    },
  };
}

/** `null` if the policy has no service level. */
export function toPromiseDto({ slo }: Policy): PromiseDto | null {
  if (slo === undefined) return null;
  return {
    violations: formatPercent(slo.violations),
    max_utilization: formatPercent(slo.maxUtilization),
    max_actions_per_day: slo.maxActionsPerDay,
  };
}

/**
 * The measured lead times, and the one that decisions use.
 *
 * @param tracking as stored with the last tick; `undefined` before the first
 * @param report of the service level; `null` without one: then nothing is planned, and the measured time is stated
 */
export function toLeadTimeDto(
  tracking: Pick<Tracking, 'leadTimes' | 'waited' | 'servers'> | undefined,
  report: ServiceLevelReport | null,
  now: number,
): LeadTimeDto {
  const samples = tracking === undefined ? [] : usualLeadTimes(tracking);
  const measured = tracking === undefined ? null : leadTimeOf(tracking, now);
  const upTo = measured?.plannedMs ?? null;
  return {
    count: samples.length,
    p50_ms: measured?.p50Ms ?? null,
    p90_ms: measured?.p90Ms ?? null,
    max_ms: measured?.maxMs ?? null,
    up_to_ms: upTo,
    // Reports of an older version do not have it.
    planned_ms: report?.leadSeconds === undefined ? (upTo ?? ASSUMED_LEAD_MS) : report.leadSeconds * 1000,
    quantile: LEAD_TIME_QUANTILE,
    samples,
    samples_waited: tracking?.waited ?? [],
  };
}

function withPolicies(stored: unknown): Pick<EngineState, 'policies'> {
  const { policies } = stored as { policies?: unknown };
  return { policies: typeof policies === 'object' && policies !== null ? policies : {} };
}
