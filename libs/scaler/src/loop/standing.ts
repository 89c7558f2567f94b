import type { Decision } from '#engine';
import type { AlertCode } from '../events.js';
import type { ClusterRuntime } from './cluster-runtime.js';

/** How a cluster's promise stood when its engine last told: the budget and its forecast's standing. */
export interface Standing {
  /** Share of requests that may be served badly, and that were, over the books' time. */
  readonly promised: number;
  readonly spent: number;
  /** What is saved (or owed, below 0), as a share of the most that may be saved. */
  readonly left: number;
  /** How fast the last day spent: 1 is exactly as promised. */
  readonly burnRate: number;
  readonly demoted: boolean;
}

/** A day at this rate spends what two may; at a rate that is sustained, twice what was promised. */
const BURNS_FAST = 2;

/** What an operator is told of clusters: conditions of their ticks, and of their promise. */
export const CONDITIONS = [
  'provider_unreachable',
  'metrics_missing',
  'samples_refused',
  'scaling_failed',
  'unmet_demand',
  'promise_broken',
  'budget_burning',
  'forecast_demoted',
] as const satisfies readonly (AlertCode | 'promise_broken' | 'budget_burning' | 'forecast_demoted')[];
export type Condition = (typeof CONDITIONS)[number];

/** Between the steps in which the engine learns, its decisions say nothing of the budget: what was said last counts on. */
export function standingOf({ steps }: Decision, before: Standing | null): Standing | null {
  const said = Object.assign({}, ...steps.filter(({ policy }) => policy === 'slo').map(({ data }) => data)) as Partial<
    Record<string, unknown>
  >;
  const { budget_promised: promised, budget_spent: spent, budget_left: left, burn_rate: burnRate, demoted } = said;
  if (typeof promised !== 'number' || typeof spent !== 'number') return before;
  if (typeof left !== 'number' || typeof burnRate !== 'number') return before;
  return { promised, spent, left, burnRate, demoted: demoted === true };
}

/** Whether a condition holds for a cluster now. */
export function isIn(
  { conditions, standing }: Pick<ClusterRuntime, 'conditions' | 'standing'>,
  condition: Condition,
): boolean {
  switch (condition) {
    case 'promise_broken':
      return standing !== null && standing.spent > standing.promised;
    case 'budget_burning':
      return standing !== null && standing.burnRate > BURNS_FAST;
    case 'forecast_demoted':
      return standing?.demoted === true;
    case 'provider_unreachable':
    case 'metrics_missing':
    case 'samples_refused':
    case 'scaling_failed':
    case 'unmet_demand':
      return conditions.has(condition);
    default:
      return condition satisfies never;
  }
}
