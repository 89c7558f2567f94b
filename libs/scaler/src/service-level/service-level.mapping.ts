import { formatPercent } from '#clusters';
import {
  ASSUMED_LEAD_MS,
  errorBudgetLeft,
  type EngineState,
  judgedHorizons,
  LEAD_TIME_QUANTILE,
  leadTimeFrom,
  type LeadTimes,
  type Policy,
  serviceLevelOf,
  type ServiceLevelReport,
  summarise,
  usualLeadTimes,
} from '#engine';
import type { LeadTimeDto, PromiseDto, ServiceLevelStateDto } from './service-level.dto.js';

/**
 * The published state of a service level.
 *
 * @param engineState as stored with the last tick, by any version; `null` before the first
 */
export function serviceLevelState(engineState: unknown, now: number): ServiceLevelStateDto {
  return toServiceLevelState(engineState === null ? null : serviceLevelOf(withPolicies(engineState)), now);
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

export function toLeadTimeDto(known: LeadTimes): LeadTimeDto {
  const samples = usualLeadTimes(known);
  const measured = leadTimeFrom(samples);
  return {
    count: samples.length,
    p50_ms: measured?.p50Ms ?? null,
    p90_ms: measured?.p90Ms ?? null,
    max_ms: measured?.maxMs ?? null,
    planned_ms: measured?.plannedMs ?? ASSUMED_LEAD_MS,
    quantile: LEAD_TIME_QUANTILE,
    samples,
    samples_waited: known.waited ?? [],
  };
}

function withPolicies(stored: unknown): Pick<EngineState, 'policies'> {
  const { policies } = stored as { policies?: unknown };
  return { policies: typeof policies === 'object' && policies !== null ? policies : {} };
}
