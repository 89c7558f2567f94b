import { ASSUMED_LEAD_MS, leadTimeFrom } from '#engine';
import type { AlertCode } from '../events.js';
import type { Conditions } from './cluster-memory.js';
import type { Acted } from './stages.js';
import type { Tracking } from './tracking.js';

/** Servers are overdue after so many times the longest lead time that was measured, or the one that is assumed. */
const OVERDUE_FACTOR = 1.5;
/** Another writer that changed our count so often, with few polls in between, contests it. */
const CONTESTED_CHANGES = 2;

/** What a person should know about the servers of a cluster and the counts that are asked for. */
export function serverConditions(tick: Acted, before: Conditions): [AlertCode, string][] {
  const conditions: [AlertCode, string | null][] = [
    ['servers_lost', lostOf(tick)],
    ['count_contested', contestOf(tick)],
    ['servers_overdue', overdueOf(tick)],
    ['large_change', largeChangeOf(tick)],
    ['bounds_conflict', conflictOf(tick)],
    ['stranded_at_zero', strandedOf(tick, before)],
  ];
  return conditions.flatMap(([code, message]) => (message === null ? [] : [[code, message]]));
}

function lostOf({ memory, notes }: Acted): string | null {
  const { lost = 0, desired } = memory.tracking;
  const ids = notes.flatMap((note) => (note.kind === 'lost' ? note.serverIds : []));
  const count = Math.max(lost, ids.length);
  if (count === 0) return null;
  return `${serversOf(count)} of ${desired ?? count} vanished without being removed. The missing ones are asked for again.`;
}

function contestOf({ memory, decision }: Acted): string | null {
  const { contest = null, asked } = memory.tracking;
  if (contest === null || contest.changes < CONTESTED_CHANGES) return null;
  return `Another system changes the desired count back after it was set to ${asked ?? decision.desired}. It is set again.`;
}

function overdueOf({ memory, intervalMs, at }: Acted): string | null {
  const { tracking } = memory;
  const measured = leadTimeFrom(tracking.leadTimes);
  const limit = OVERDUE_FACTOR * (measured?.maxMs ?? ASSUMED_LEAD_MS) + intervalMs;
  const late = waitingOf(tracking, at).filter((ms) => ms > limit);
  if (late.length === 0) return null;
  const longest = late.reduce((most, ms) => Math.max(most, ms));
  const known =
    measured === null
      ? `none was measured yet, ${timeOf(ASSUMED_LEAD_MS)} are assumed`
      : `the longest of ${measured.count} measured took ${timeOf(measured.maxMs)}`;
  return `${serversOf(late.length)} asked for up to ${timeOf(longest)} ago ${late.length === 1 ? 'is' : 'are'} not active: ${known}.`;
}

/** How long each server that takes no load yet has been waited for, listed or not. */
function waitingOf({ servers, desired, awaitedSince = null, lost = 0 }: Tracking, now: number): readonly number[] {
  const provisioning = servers.flatMap(({ state, askedAt, seenAt }) =>
    state === 'PROVISIONING' ? [now - (askedAt ?? seenAt ?? now)] : [],
  );
  if (awaitedSince === null) return provisioning;
  const listed = servers.filter(({ state }) => state !== 'DRAINING').length;
  const missing = Math.max(0, (desired ?? 0) - listed - lost);
  return [...provisioning, ...Array.from({ length: missing }, () => now - awaitedSince)];
}

function largeChangeOf({ memory }: Acted): string | null {
  const { manual = null } = memory.tracking;
  if (manual === null) return null;
  const { by, from, to } = manual;
  const word = by === 'hold' ? 'A hold' : 'A change of the bounds';
  return `${word} takes the cluster from ${from} to ${to} servers. POST /clusters/:id/undo restores the bounds and the hold from before.`;
}

function conflictOf({ decision }: Acted): string | null {
  return decision.steps.find(({ code }) => code === 'bounds_conflict')?.reason ?? null;
}

function strandedOf({ decision, observation }: Acted, before: Conditions): string | null {
  const step = decision.steps.find(({ code }) => code === 'stranded_at_zero');
  if (step !== undefined) return step.reason;
  const isWaiting = before.has('stranded_at_zero') && observation?.servers.active === 0 && decision.desired > 0;
  return isWaiting ? (before.get('stranded_at_zero')?.message ?? null) : null;
}

function serversOf(count: number): string {
  return count === 1 ? '1 server' : `${count} servers`;
}

function timeOf(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
