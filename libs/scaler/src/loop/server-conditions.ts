import { ASSUMED_LEAD_MS, isLargeChange, leadTimeFrom, usualLeadTimes } from '#engine';
import type { MetricName, Observation, Policy } from '#engine';
import type { ProvidedServer } from '#providers';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import { type Message, messageOf, type RaisedData } from './alert.sentences.js';
import type { Conditions } from './cluster-memory.js';
import { isUndoable, undoneOf } from './manual-change.js';
import type { Acted } from './stages.js';
import type { Tracking } from './tracking.js';

/** Alert from this share of silent servers on: policies then remove no servers. */
const ALERTED_SHARE = 0.2;
/** A server is overdue after this multiple of the longest measured (or the assumed) lead time. */
const OVERDUE_FACTOR = 1.5;
/** An external writer that changed our count this often, with few polls in between, contests it. */
const CONTESTED_CHANGES = 2;

type ServerCondition = Extract<
  AlertCode,
  `servers_${'lost' | 'overdue'}` | 'count_contested' | 'large_change' | 'bounds_conflict' | 'stranded_at_zero'
>;

/** Alerts about the servers of a cluster and about its requested counts. */
export function serverConditions(tick: Acted, before: Conditions): [ServerCondition, Message][] {
  const conditions: [ServerCondition, Message | null][] = [
    ['servers_lost', lostOf(tick)],
    ['count_contested', contestOf(tick)],
    ['servers_overdue', overdueOf(tick)],
    ['large_change', largeChangeOf(tick)],
    ['bounds_conflict', conflictOf(tick)],
    ['stranded_at_zero', strandedOf(tick, before)],
  ];
  return conditions.flatMap(([code, message]) => (message === null ? [] : [[code, message]]));
}

function lostOf({ memory, notes }: Acted): Message | null {
  const { lost: known = 0, desired } = memory.tracking;
  const ids = notes.flatMap((note) => (note.kind === 'lost' ? note.serverIds : []));
  const lost = Math.max(known, ids.length);
  return lost === 0 ? null : messageOf('servers_lost', { lost, desired: desired ?? lost });
}

function contestOf({ memory, decision }: Acted): Message | null {
  const { contest = null, asked } = memory.tracking;
  if (contest === null || contest.changes < CONTESTED_CHANGES) return null;
  return messageOf('count_contested', { desired: asked ?? decision.desired, changes: contest.changes });
}

function overdueOf({ memory, intervalMs, at, provider }: Acted): Message | null {
  const { tracking } = memory;
  const measured = leadTimeFrom(usualLeadTimes(tracking));
  const limit = OVERDUE_FACTOR * (measured?.maxMs ?? ASSUMED_LEAD_MS) + intervalMs;
  const late = waitingOf(tracking, at).filter((ms) => ms > limit);
  if (late.length === 0) return null;
  return messageOf('servers_overdue', {
    servers: late.length,
    longest_ms: late.reduce((most, ms) => Math.max(most, ms)),
    measured: measured?.count ?? 0,
    longest_measured_ms: measured?.maxMs ?? ASSUMED_LEAD_MS,
    reason: provider instanceof Error ? null : (provider.servers.find(isStuckServer)?.waitsFor ?? null),
  });
}

function isStuckServer({ waitsFor = null }: ProvidedServer): boolean {
  return waitsFor !== null;
}

/** How long each server that takes no load yet has been pending, listed or not. */
function waitingOf({ servers, desired, awaitedSince = null, lost = 0 }: Tracking, now: number): readonly number[] {
  const provisioning = servers.flatMap(({ state, askedAt, seenAt }) =>
    state === 'PROVISIONING' ? [now - (askedAt ?? seenAt ?? now)] : [],
  );
  if (awaitedSince === null) return provisioning;
  const listed = servers.filter(({ state }) => state !== 'DRAINING').length;
  const missing = Math.max(0, (desired ?? 0) - listed - lost);
  return [...provisioning, ...Array.from({ length: missing }, () => now - awaitedSince)];
}

function largeChangeOf({ memory: { tracking }, cluster }: Acted): Message | null {
  const { manual = null } = tracking;
  if (manual === null || !isLargeChange(manual) || undoneOf(tracking, cluster) !== null) return null;
  const { by, from, to } = manual;
  return messageOf('large_change', { by, from, to, undoable: isUndoable(tracking, cluster) });
}

function conflictOf({ decision }: Acted): Message | null {
  return stepOf(decision, 'bounds_conflict');
}

function strandedOf({ decision, observation }: Acted, before: Conditions): Message | null {
  const found = stepOf(decision, 'stranded_at_zero');
  if (found !== null) return found;
  const isWaiting = observation?.servers.active === 0 && decision.desired > 0;
  const held = isWaiting ? before.get('stranded_at_zero') : undefined;
  return held === undefined ? null : { message: held.message, data: held.data ?? {} };
}

/** The message of the decision's step with that code; `null`: no such step. */
function stepOf({ steps }: Acted['decision'], code: string): Message | null {
  const step = steps.find((one) => one.code === code);
  return step === undefined ? null : { message: step.reason, data: step.data ?? {} };
}

/**
 * Servers that send no metrics; `null` while more than 80 % send everything the policy needs. Servers that just became
 * active have a grace period.
 */
export function silence(observation: Observation, policy: Policy): RaisedData<'servers_silent'> | null {
  const { servers, silent, reporting, reportingBy } = observation;
  const { active } = servers;
  if (silent > 0 && silent >= ALERTED_SHARE * active) {
    return { silent, active, metric: null };
  }
  for (const metric of decidingMetrics(policy)) {
    const missing = reporting - reportingBy[metric];
    if (missing > 0 && missing >= ALERTED_SHARE * active) {
      return { silent: missing, active, metric };
    }
  }
  return null;
}

/** Implausible samples; `null` if there were none. */
export function refusals({ refused, refusedBy }: Observation): RaisedData<'samples_refused'> | null {
  return Object.keys(refused).length === 0 ? null : { ...refused, fields: Object.keys(refusedBy).join(',') };
}

/** Metrics that the policy cannot decide without. */
function decidingMetrics({ slo, threshold, targetTracking, forecastOnly = [] }: Policy): ReadonlySet<MetricName> {
  const metrics = new Set<MetricName>();
  if (slo !== undefined && !forecastOnly.includes('slo')) metrics.add('cpu');
  if (threshold !== undefined && !forecastOnly.includes('threshold')) metrics.add('cpu');
  if (targetTracking !== undefined && !forecastOnly.includes('target_tracking')) {
    for (const { metric } of targetTracking.metrics) metrics.add(metric);
  }
  return metrics;
}
