import type { HeldAlert } from '../state/cluster-state.js';
import { errorBudgetLeft, summarise } from '#engine';
import type { AlertCode, LiveAlert } from '../events.js';
import { promiseOf } from './cluster-memory.js';
import type { Conditions } from './cluster-memory.js';
import { refusals, silence } from './reports.js';
import { serverConditions } from './server-conditions.js';
import type { Acted } from './stages.js';

type Severity = LiveAlert['severity'];

const SEVERITY: Readonly<Record<AlertCode, Severity>> = {
  provider_unreachable: 'critical',
  metrics_missing: 'warning',
  samples_refused: 'warning',
  servers_silent: 'warning',
  scaling_failed: 'critical',
  unmet_demand: 'warning',
  drift: 'info',
  servers_lost: 'warning',
  forecast_demoted: 'warning',
  error_budget_spent: 'warning',
  tick_failed: 'critical',
  saturated: 'critical',
  removals_held: 'warning',
  count_contested: 'warning',
  servers_overdue: 'warning',
  large_change: 'warning',
  bounds_conflict: 'warning',
  stranded_at_zero: 'warning',
};

const CLEARED: Readonly<Partial<Record<AlertCode, string>>> = {
  provider_unreachable: 'The provider answers again.',
  metrics_missing: 'Metrics are complete and recent again.',
  samples_refused: 'Samples are plausible again.',
  servers_silent: 'More than 80 % of the servers report again.',
  scaling_failed: 'The cluster scales again.',
  unmet_demand: 'The bounds no longer cut what is needed.',
  forecast_demoted: 'The forecast is trusted again.',
  error_budget_spent: 'The error budget is no longer overspent.',
  tick_failed: 'The cluster can be ticked again.',
  saturated: 'The servers are no longer full, or more are on their way.',
  removals_held: 'Removals are no longer held.',
  servers_lost: 'The lost servers are made up for.',
  count_contested: 'The desired count is no longer changed by another system.',
  servers_overdue: 'The servers that were asked for are there.',
  large_change: 'The large change is done.',
  bounds_conflict: 'No open window asks for what the bounds do not allow.',
  stranded_at_zero: 'The cluster has servers again.',
};

export interface Alerts {
  readonly alerts: readonly LiveAlert[];
  /** The conditions that hold now; to be handed in at the next tick. */
  readonly conditions: Conditions;
}

/** What a person should be told after a tick: each condition once when it begins and once when it ends. */
export function alertsOf(tick: Acted, before: Conditions): Alerts {
  const alerts: LiveAlert[] = [];
  const holding = conditionsOf(tick, before);
  const conditions = new Map<AlertCode, HeldAlert<AlertCode>>();
  const since = new Date(tick.at).toISOString();
  for (const [code, message] of holding) {
    const severity = SEVERITY[code];
    if (!before.has(code)) alerts.push({ code, severity, state: 'raised', message });
    conditions.set(code, { code, severity, message, since: before.get(code)?.since ?? since });
  }
  for (const code of before.keys()) {
    if (!holding.has(code)) {
      alerts.push({ code, severity: 'info', state: 'cleared', message: CLEARED[code] ?? 'It is over.' });
    }
  }
  for (const note of tick.notes) {
    if (note.kind === 'drift') {
      const message = `An external change set the count from ${note.from} to ${note.to}.`;
      alerts.push({ code: 'drift', severity: SEVERITY.drift, state: 'noticed', message });
    }
  }
  return { alerts, conditions };
}

/** What a person should be told of a tick that came to no end; the next one that does ends the condition. */
export function failureOf(message: string): LiveAlert {
  return { code: 'tick_failed', severity: SEVERITY.tick_failed, state: 'raised', message };
}

function conditionsOf(tick: Acted, before: Conditions): Map<AlertCode, string> {
  const { cluster, provider, observation, metricsError, decision, event, resolved } = tick;
  const holding = new Map<AlertCode, string>();
  if (provider instanceof Error) holding.set('provider_unreachable', provider.message);
  if (metricsError !== null) holding.set('metrics_missing', metricsError);
  else if (observation !== null) {
    const { reporting, servers } = observation;
    const silent = silence(observation, cluster.policy);
    if (reporting === 0 && servers.active > 0) holding.set('metrics_missing', 'No active server reports.');
    else if (silent !== null) holding.set('servers_silent', silent);
  }
  const refused = observation === null ? null : refusals(observation);
  if (refused !== null) holding.set('samples_refused', refused);
  if (isStuck(tick)) {
    const { full = 0, servers } = observation ?? {};
    const which = full === servers?.active ? 'All' : `${full} of ${servers?.active}`;
    holding.set('saturated', `${which} servers are full and none is added. ${decision.reason}`);
  }
  if (decision.code === 'removals_held') holding.set('removals_held', decision.reason);
  for (const [code, message] of serverConditions(tick, before)) holding.set(code, message);
  if (decision.unmet > 0) holding.set('unmet_demand', `${decision.unmet} more servers are needed than allowed.`);
  for (const [code, message] of serviceLevelConditions(tick, before)) holding.set(code, message);
  const finished = [...resolved, ...(event === null ? [] : [event])].at(-1);
  if (finished?.outcome === 'failed' || finished?.outcome === 'partial') {
    const { action, desired, serversAfter, error } = finished;
    const why = error === null ? '' : `: ${error}`;
    holding.set('scaling_failed', `${action} to ${desired} ended at ${serversAfter ?? 'an unknown count'}${why}`);
  } else if (
    decision.code === 'database_unreachable' ||
    (finished === undefined && before.has('scaling_failed') && decision.code === 'backing_off')
  ) {
    holding.set('scaling_failed', decision.reason);
  }
  return holding;
}

/** Whether the servers are full, none is on its way, and it is no policy that waits. */
function isStuck({ observation, decision, event, cluster }: Acted): boolean {
  if (observation?.saturated !== true || observation.servers.provisioning > 0) return false;
  if (event !== null && event.outcome !== 'failed') return false;
  const { current, wished, policy } = decision;
  return wished > current || current >= cluster.bounds.max || policy === 'hold' || policy === 'none';
}

/** A budget that was used up counts as such until so much of it is left again, or the alert would flicker. */
const LEFT_AGAIN = 0.1;

function serviceLevelConditions({ memory }: Acted, before: Conditions): [AlertCode, string][] {
  const report = promiseOf(memory.acting);
  if (report === null) return [];
  const { budget, state } = report;
  const conditions: [AlertCode, string][] = [];
  if (state === 'demoted') conditions.push(['forecast_demoted', summarise(report)]);
  if (errorBudgetLeft(budget) < (before.has('error_budget_spent') ? LEFT_AGAIN : 0)) {
    const burn = Math.round(budget.burnRate * 10) / 10;
    const message = `The error budget is spent: the last day burnt it ${burn} times as fast as promised.`;
    conditions.push(['error_budget_spent', message]);
  }
  return conditions;
}
