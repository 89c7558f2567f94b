import type { AlertCode } from '../live-events/live-alert.dto.js';
import { type ClusterMemory, promiseOf } from './cluster-memory.js';

/** Burn rate from which a budget counts as burning fast: spent at twice the promised rate. */
const BURNS_FAST = 2;

/** Conditions of clusters for operators: of their ticks and of their service level. */
export const CONDITIONS = [
  'provider_unreachable',
  'metrics_missing',
  'samples_refused',
  'servers_silent',
  'scaling_failed',
  'unmet_demand',
  'saturated',
  'removals_held',
  'servers_lost',
  'count_contested',
  'servers_overdue',
  'large_change',
  'bounds_conflict',
  'stranded_at_zero',
  'target_blocked',
  'lease_not_renewed',
  'on_journal',
  'forecast_demoted',
  'measured_missed',
  'promise_broken',
  'budget_burning',
] as const satisfies readonly (AlertCode | 'promise_broken' | 'budget_burning')[];
export type Condition = (typeof CONDITIONS)[number];

/** Whether a condition holds for a cluster now. */
export function isIn(
  { acting, conditions }: Pick<ClusterMemory, 'acting' | 'conditions'>,
  condition: Condition,
): boolean {
  switch (condition) {
    case 'promise_broken': {
      const budget = promiseOf(acting)?.budget;
      return budget !== undefined && budget.spent > budget.promised;
    }
    case 'budget_burning': {
      const budget = promiseOf(acting)?.budget;
      return budget !== undefined && budget.burnRate > BURNS_FAST;
    }
    case 'provider_unreachable':
    case 'metrics_missing':
    case 'samples_refused':
    case 'servers_silent':
    case 'scaling_failed':
    case 'unmet_demand':
    case 'saturated':
    case 'removals_held':
    case 'servers_lost':
    case 'count_contested':
    case 'servers_overdue':
    case 'large_change':
    case 'bounds_conflict':
    case 'stranded_at_zero':
    case 'target_blocked':
    case 'lease_not_renewed':
    case 'on_journal':
    case 'forecast_demoted':
    case 'measured_missed':
      return conditions.has(condition);
    default:
      return condition satisfies never;
  }
}
