import { leadTimeFrom, rememberLeadTimes } from '#engine';
import type { LeadTime, ServerState } from '#engine';
import type { ProviderState } from '../targets/scale-target.js';

/**
 * What the loop remembers of a cluster's servers from tick to tick, so that it can tell what it caused from what
 * happened to it. Plain JSON, stored with the cluster; times in milliseconds since the epoch.
 */
export interface Tracking {
  readonly version: 1;
  /** The count last asked for (or found, before the first asking); `null` until the first look. */
  readonly desired: number | null;
  /** When that count was asked for by us; `null` when it was found. */
  readonly askedAt: number | null;
  readonly servers: readonly TrackedServer[];
  /** The last measured times from asking to active, oldest first, in milliseconds. */
  readonly leadTimes: readonly number[];
}

export interface TrackedServer {
  readonly id: string;
  readonly state: ServerState;
  /** When we asked for it; `null` when we did not, or do not know. */
  readonly askedAt: number | null;
  /** When it was first seen active. */
  readonly activeAt: number | null;
}

export type TrackingNote =
  | { readonly kind: 'became_active'; readonly serverId: string; readonly leadTimeMs: number | null }
  | { readonly kind: 'terminated'; readonly serverId: string }
  /** Servers gone that nobody asked to remove. */
  | { readonly kind: 'lost'; readonly serverIds: readonly string[] }
  /** The count was changed by somebody else. */
  | { readonly kind: 'drift'; readonly from: number; readonly to: number };

export interface Followed {
  readonly tracking: Tracking;
  readonly notes: readonly TrackingNote[];
}

export const NOTHING_TRACKED: Tracking = { version: 1, desired: null, askedAt: null, servers: [], leadTimes: [] };

/**
 * Compares what stands there now with what was known, without judging it. When nothing changed the very same `known`
 * comes back, so that nobody needs to store it again.
 */
export function follow(known: Tracking, seen: ProviderState, now: number): Followed {
  if (isUnchanged(known, seen)) return { tracking: known, notes: [] };
  const before = new Map<string, TrackedServer>();
  for (const server of known.servers) before.set(server.id, server);
  const notes: TrackingNote[] = [];
  const servers: TrackedServer[] = [];
  const measured: number[] = [];
  let total = 0;
  // The rest was asked for by somebody else, or takes the place of what was lost, long after we asked perhaps.
  let awaited = known.desired === null ? 0 : known.desired - totalOf(known);

  for (const { id, state, activeAt } of seen.servers) {
    if (state === 'TERMINATED') continue;
    const previous = before.get(id);
    before.delete(id);
    if (state !== 'DRAINING') total += 1;
    if (previous?.state === state) {
      servers.push(previous);
      continue;
    }
    const isOurs = previous === undefined && state !== 'DRAINING' && awaited > 0;
    if (isOurs) awaited -= 1;
    const askedAt = isOurs ? askedFor(known, state) : (previous?.askedAt ?? null);
    const becameActive = state === 'ACTIVE' && (previous?.activeAt ?? null) === null;
    const leadTimeMs = becameActive ? leadTime(askedAt, activeAt, now) : null;
    if (leadTimeMs !== null) measured.push(leadTimeMs);
    // The servers of the very first look did not just become active, they are only new to us.
    if (becameActive && known.desired !== null) notes.push({ kind: 'became_active', serverId: id, leadTimeMs });
    servers.push({ id, state, askedAt, activeAt: becameActive ? now : (previous?.activeAt ?? null) });
  }

  const vanished: string[] = [];
  for (const server of before.values()) {
    if (server.state === 'DRAINING') notes.push({ kind: 'terminated', serverId: server.id });
    else vanished.push(server.id);
  }
  const verdict = explain(known, seen, total, vanished);
  notes.push(...verdict.notes);
  const tracking: Tracking = {
    version: 1,
    desired: verdict.desired,
    askedAt: verdict.desired === known.desired && !verdict.isLoss ? known.askedAt : null,
    servers,
    leadTimes: measured.length === 0 ? known.leadTimes : rememberLeadTimes(known.leadTimes, measured),
  };
  return { tracking, notes };
}

/** After the provider was asked for `desired` and answered with what then stood there. */
export function followAsked(known: Tracking, desired: number, answer: ProviderState, askedAt: number): Followed {
  // A provider that grants a part may from now on head for less than was asked: that is its answer, not a drift.
  const asked: Tracking = { ...known, desired: answer.desired ?? desired, askedAt };
  return follow(asked, answer, askedAt);
}

/** How long the cluster's servers take, servers that are overdue included; `null` until one was measured. */
export function leadTimeOf({ leadTimes, servers }: Tracking, now: number): LeadTime | null {
  const waiting = servers.flatMap(({ state, askedAt }) =>
    state === 'PROVISIONING' && askedAt !== null ? [now - askedAt] : [],
  );
  return leadTimeFrom(leadTimes, waiting);
}

function isUnchanged(known: Tracking, seen: ProviderState): boolean {
  if (known.desired === null || known.servers.length !== seen.servers.length) return false;
  if (seen.desired !== null && seen.desired !== known.desired) return false;
  return seen.servers.every(({ id, state }, index) => {
    const server = known.servers[index];
    return server?.id === id && server.state === state;
  });
}

/** Which of the servers that are gone, or of the count that is different, was our doing. */
function explain(
  known: Tracking,
  seen: ProviderState,
  total: number,
  vanished: readonly string[],
): { desired: number; isLoss: boolean; notes: readonly TrackingNote[] } {
  if (known.desired === null) return { desired: seen.desired ?? total, isLoss: false, notes: [] };
  if (seen.desired !== null && seen.desired !== known.desired) {
    return { desired: seen.desired, isLoss: false, notes: [{ kind: 'drift', from: known.desired, to: seen.desired }] };
  }
  const knownTotal = totalOf(known);
  if (seen.desired === null && total > Math.max(known.desired, knownTotal)) {
    return { desired: total, isLoss: false, notes: [{ kind: 'drift', from: known.desired, to: total }] };
  }
  // Removing servers was asked for: that many may vanish without a word, the rest is a loss.
  const removable = Math.max(0, knownTotal - known.desired);
  const lost = vanished.slice(removable);
  const isLoss = lost.length > 0;
  return { desired: known.desired, isLoss, notes: isLoss ? [{ kind: 'lost', serverIds: lost }] : [] };
}

function totalOf({ servers }: Tracking): number {
  return servers.reduce((sum, { state }) => sum + (state === 'DRAINING' ? 0 : 1), 0);
}

/**
 * A server that was waited for was asked for when we last asked for servers. One that is active already may as well
 * have stood there all the time when we never looked before.
 */
function askedFor(known: Tracking, state: ServerState): number | null {
  return state === 'ACTIVE' && known.servers.length === 0 ? null : known.askedAt;
}

function leadTime(askedAt: number | null, activeAt: number | null | undefined, now: number): number | null {
  // By a clock that was set back since, no time has passed.
  if (askedAt === null || now < askedAt) return null;
  // The provider's own time is finer than ours, but only worth something if both clocks agree.
  const at = typeof activeAt === 'number' && activeAt >= askedAt && activeAt <= now ? activeAt : now;
  return Math.round(at - askedAt);
}
