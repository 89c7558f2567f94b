import type { HeldAlert } from '../state/cluster-state.js';
import { errorBudgetLeft, inOneLine, needOf, type Observation, summarise } from '#engine';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import type { LiveAlert } from '../live-events/live-events.js';
import { CLEARED, type Message, messageOf, type RaisedCode, type RaisedData } from './alert.sentences.js';
import { failedPoll } from './withheld.sentences.js';
import { promiseOf } from './cluster-memory.js';
import type { Conditions } from './cluster-memory.js';
import { blockedOf } from './decide.js';
import { missedByMeasure } from './served.js';
import { refusals, serverConditions, silence } from './server-conditions.js';
import type { Acted } from './stages.js';

type Severity = LiveAlert['severity'];
/** Codes that hold for a while; a drift is a single event. */
type ConditionCode = Exclude<AlertCode, 'drift'>;

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
  measured_missed: 'warning',
  tick_failed: 'critical',
  saturated: 'critical',
  removals_held: 'warning',
  count_contested: 'warning',
  servers_overdue: 'warning',
  large_change: 'warning',
  bounds_conflict: 'warning',
  stranded_at_zero: 'warning',
  target_blocked: 'warning',
  lease_not_renewed: 'warning',
  on_journal: 'warning',
};

export interface Alerts {
  readonly alerts: readonly LiveAlert[];
  /** Active conditions; input of the next tick. */
  readonly conditions: Conditions;
}

/** Alerts after a tick: each condition is announced once when it begins and once when it ends. */
export function alertsOf(tick: Acted, before: Conditions): Alerts {
  const alerts: LiveAlert[] = [];
  const holding = conditionsOf(tick, before);
  const conditions = new Map<AlertCode, HeldAlert<AlertCode>>();
  const since = new Date(tick.at).toISOString();
  for (const [code, message] of holding) {
    const known = { code, severity: SEVERITY[code], ...message };
    if (!before.has(code)) alerts.push({ ...known, state: 'raised' });
    conditions.set(code, { ...known, since: before.get(code)?.since ?? since });
  }
  for (const code of before.keys()) {
    if (code === 'drift' || holding.has(code)) continue;
    alerts.push({ code, severity: 'info', state: 'cleared', message: CLEARED[code] });
  }
  for (const note of tick.notes) {
    if (note.kind === 'drift') {
      const message = messageOf('drift', { from: note.from, to: note.to, by: tick.setBy ?? null });
      alerts.push({ code: 'drift', severity: SEVERITY.drift, state: 'noticed', ...message });
    }
  }
  return { alerts, conditions };
}

/** The alert of a failed tick; the next successful tick clears it. */
export function failureOf(error: string): LiveAlert {
  return {
    code: 'tick_failed',
    severity: SEVERITY.tick_failed,
    state: 'raised',
    ...messageOf('tick_failed', { error }),
  };
}

function conditionsOf(tick: Acted, before: Conditions): Map<ConditionCode, Message> {
  const { cluster, memory, provider, observation, metricsError, incomplete, decision } = tick;
  const holding = new Map<ConditionCode, Message>();
  const raise = <Code extends ConditionCode & RaisedCode>(code: Code, data: RaisedData<Code>): void =>
    void holding.set(code, messageOf(code, data));
  if (provider instanceof Error) raise('provider_unreachable', failedPoll(provider));
  const active = observation?.servers.active ?? 0;
  if (metricsError !== null) raise('metrics_missing', { error: metricsError, active, partial: false });
  else if (incomplete !== null) raise('metrics_missing', { error: incomplete, active, partial: true });
  else if (observation !== null) {
    const silent = silence(observation, cluster.policy);
    if (isBlind(observation)) raise('metrics_missing', { error: null, active, partial: false });
    else if (silent !== null && observation.reporting > 0) raise('servers_silent', silent);
  }
  const refused = observation === null ? null : refusals(observation);
  if (refused !== null) raise('samples_refused', refused);
  if (decision.code === 'removals_held') holding.set('removals_held', lastStepOf(decision));
  const other = blockedOf(tick);
  if (other !== null) raise('target_blocked', { by: other.by, reason: other.reason });
  const { unrenewed = null } = tick;
  const { takenOver = null } = cluster;
  if (unrenewed !== null && takenOver !== null && other === null)
    raise('lease_not_renewed', { error: unrenewed, objects: takenOver.objects.join(' and ') });
  if (tick.onJournal) raise('on_journal', { desired: memory.tracking.desired ?? decision.reference });
  for (const [code, message] of serverConditions(tick, before)) holding.set(code, message);
  if (decision.unmet > 0) {
    const { unmet, wished, policy } = decision;
    const need = observation === null ? 'known' : needOf(policy, observation);
    raise('unmet_demand', { unmet, needed: wished, allowed: wished - unmet, need, ...otherLimit(tick) });
  }
  for (const [code, message] of serviceLevelConditions(tick, before)) holding.set(code, message);
  const missed = memory.tracking.served === undefined ? null : missedByMeasure(tick, before);
  if (missed !== null) holding.set('measured_missed', missed);
  const failure = failureToScale(tick, before);
  if (failure !== null) holding.set('scaling_failed', failure);
  if (isStuck(tick)) {
    const { message, data } = messageOf('saturated', { full: observation?.full ?? 0, active });
    // The other alert says why none is added, and the decision when the next attempt is.
    const why = failure === null ? ` ${inOneLine(decision.reason)}` : '';
    holding.set('saturated', { message: `${message}${why}`, data });
  }
  return holding;
}

/** The newest request that failed; it holds until the next one is made, or none is wanted any more. */
function failureToScale({ memory, at, decision, event, resolved }: Acted, before: Conditions): Message | null {
  const finished = [...resolved, ...(event === null ? [] : [event])].at(-1);
  if (finished?.outcome === 'failed' || finished?.outcome === 'partial') {
    const { action, desired, serversBefore, serversAfter, error } = finished;
    const counts = { servers_before: serversBefore, servers_after: serversAfter };
    const { backoff } = memory;
    return messageOf('scaling_failed', {
      action,
      desired,
      ...counts,
      error,
      refusal: finished === event ? (backoff?.refusal?.kind ?? null) : null,
      retry_ms: backoff === null ? null : backoff.until - at,
    });
  }
  if (decision.code === 'database_unreachable') return lastStepOf(decision);
  const held = before.get('scaling_failed');
  if (finished !== undefined || held === undefined || decision.code !== 'backing_off') return null;
  return { message: held.message, data: held.data ?? {} };
}

/** What else limits the count: the system that scales the servers instead, or one that bounds them. */
function otherLimit({ decision: { mode }, blocked, outerBounds = null, cluster }: Acted) {
  const isAdvice = mode === 'recommend';
  if (isAdvice && blocked !== null) {
    const { by, limit } = blocked;
    return { only_recommends: true, other: by, ...their(limit?.servers, limit?.field) };
  }
  const outer = outerBounds !== null && outerBounds.max < cluster.bounds.max ? outerBounds : null;
  return { only_recommends: isAdvice, other: outer?.by ?? null, ...their(outer?.max) };
}

function their(limit: number | null = null, field: string | null = null) {
  return { their_limit: limit, their_limit_field: field };
}

/** Whether servers are active, and nothing is known of their work. That of the whole cluster needs no reporting server. */
export function isBlind({ reporting, servers, demand }: Observation): boolean {
  return reporting === 0 && servers.active > 0 && demand === null;
}

/** The last step, which withheld the decision. */
function lastStepOf({ reason, steps }: Acted['decision']): Message {
  return { message: inOneLine(reason), data: steps.at(-1)?.data ?? {} };
}

/** Whether servers are saturated, none is being provisioned, and it is not a policy that waits. */
function isStuck({ observation, decision, event, cluster }: Acted): boolean {
  if (observation?.saturated !== true || observation.servers.provisioning > 0) return false;
  if (event !== null && event.outcome !== 'failed') return false;
  const { current, wished, policy } = decision;
  return wished > current || current >= cluster.bounds.max || policy === 'hold' || policy === 'none';
}

/** Hysteresis: a spent budget counts as spent until this share of it is left again, so that the alert does not flap. */
const LEFT_AGAIN = 0.1;

function serviceLevelConditions({ memory }: Acted, before: Conditions): [ConditionCode, Message][] {
  const report = promiseOf(memory.acting);
  if (report === null) return [];
  const { budget, state, trust } = report;
  const conditions: [ConditionCode, Message][] = [];
  if (state === 'demoted') {
    const data = { coverage: trust.coverage['0.9'] ?? 0, settled: trust.settled };
    conditions.push(['forecast_demoted', { message: summarise(report), data }]);
  }
  if (errorBudgetLeft(budget) < (before.has('error_budget_spent') ? LEFT_AGAIN : 0)) {
    const { spent, promised, burnRate } = budget;
    conditions.push(['error_budget_spent', messageOf('error_budget_spent', { spent, promised, burn_rate: burnRate })]);
  }
  return conditions;
}
