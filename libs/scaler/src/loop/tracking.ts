import { leadTimeFrom, rememberLeadTimes } from '#engine';
import type { LeadTime, ServerState } from '#engine';
import { countServers } from '#providers';
import type { ProvidedServer, ProviderState } from '#providers';
import type { ManualChangeNote } from './manual-change.js';
import { referenceAfter } from './reference.js';

/**
 * What the loop remembers of a cluster's servers from tick to tick, so that it can tell what it caused from what
 * happened to it. Plain JSON, stored with the cluster; times in milliseconds since the epoch. What may be absent is not in
 * states of earlier releases.
 */
export interface Tracking {
  readonly version: 1;
  /** The reference count (docs/invariants.md); `null` until the first poll. */
  readonly desired: number | null;
  /** When that count was asked for by us; `null` when it was found. */
  readonly askedAt: number | null;
  readonly servers: readonly TrackedServer[];
  /** The last measured times from asking to active, oldest first, in milliseconds. */
  readonly leadTimes: readonly number[];
  /** The last count that was sent to the provider and not refused, whether or not it was carried out. */
  readonly asked?: number | null;
  /** A removal that was asked for down to this count, and may be carried out late. */
  readonly removing?: number | null;
  /** How many servers the last poll listed above the reference count, where it was the first to do so. */
  readonly higher?: number | null;
  /** Servers that vanished without being removed by us and have not been made up for. */
  readonly lost?: number;
  /** Since when servers of the reference count have been missing that were asked for and never listed. */
  readonly awaitedSince?: number | null;
  /** The short list that has stood since the missing servers were asked for again. */
  readonly short?: ShortList | null;
  /** How often, of late, another writer changed the count that we had set. */
  readonly contest?: Contest | null;
  /** A change by a person's word that is under way, or was lately. */
  readonly manual?: ManualChangeNote | null;
  /** The last change of bounds or hold that a tick has seen. */
  readonly changed?: string | null;
}

export interface ShortList {
  readonly listed: number;
  readonly since: number;
}

export interface Contest {
  readonly changes: number;
  /** Polls since the last change. */
  readonly calm: number;
}

export interface TrackedServer {
  readonly id: string;
  readonly state: ServerState;
  /** When we asked for it; `null` when we did not, or do not know. */
  readonly askedAt: number | null;
  /** Since when it has been active: the provider's word where it can be, else when it was first seen so; `null`: not active yet, or not known. */
  readonly activeAt: number | null;
  /** When it was first seen being provisioned. */
  readonly seenAt?: number;
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
  const listed = unique(seen.servers);
  if (isUnchanged(known, seen, listed)) return { tracking: known, notes: [] };
  const before = new Map<string, TrackedServer>();
  for (const server of known.servers) before.set(server.id, server);
  const notes: TrackingNote[] = [];
  const servers: TrackedServer[] = [];
  const measured: number[] = [];
  // The rest was asked for by somebody else, or takes the place of what was lost, long after we asked perhaps.
  let awaited = known.desired === null ? 0 : known.desired - totalOf(known);

  for (const { id, state, activeAt } of listed) {
    if (state === 'TERMINATED') continue;
    const previous = before.get(id);
    before.delete(id);
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
    const seenAt = state === 'PROVISIONING' ? { seenAt: now } : {};
    const since = known.desired === null ? firstSeenSince(activeAt, now) : sinceOf(askedAt, activeAt, now);
    servers.push({ id, state, askedAt, activeAt: becameActive ? since : (previous?.activeAt ?? null), ...seenAt });
  }

  const vanished: string[] = [];
  for (const server of before.values()) {
    if (server.state === 'DRAINING') notes.push({ kind: 'terminated', serverId: server.id });
    else vanished.push(server.id);
  }
  const { total } = countServers(servers);
  const found = referenceAfter(known, { total, before: totalOf(known), stated: seen.desired, vanished }, now);
  notes.push(...found.notes);
  const tracking: Tracking = {
    ...found.memory,
    manual: known.manual ?? null,
    changed: known.changed ?? null,
    version: 1,
    askedAt: found.memory.desired === known.desired && !found.isLoss ? known.askedAt : null,
    servers,
    leadTimes: measured.length === 0 ? known.leadTimes : rememberLeadTimes(known.leadTimes, measured),
  };
  return { tracking, notes };
}

/**
 * After the provider was asked for `desired` and answered with what then stood there. What it did not refuse counts as accepted; a
 * removal as far as its list shows it, the rest may follow late.
 */
export function followAsked(known: Tracking, desired: number, answer: ProviderState, askedAt: number): Followed {
  const { total } = countServers(unique(answer.servers));
  const isRemoval = known.desired !== null && desired < known.desired;
  const accepted = answer.desired ?? (isRemoval ? Math.min(known.desired, Math.max(desired, total)) : desired);
  // An answer is no second poll: what it lists above the count may be about to leave.
  const asked: Tracking = { ...known, ...sent(desired, isRemoval), desired: accepted, askedAt, higher: null };
  const followed = follow(asked, answer, askedAt);
  const { notes } = followed;
  const tracking =
    (followed.tracking.higher ?? null) === null ? followed.tracking : { ...followed.tracking, higher: null };
  if (total >= accepted) return { tracking, notes };
  const short = tracking.short?.listed === total ? tracking.short : { listed: total, since: askedAt };
  return { tracking: { ...tracking, short, awaitedSince: tracking.awaitedSince ?? askedAt }, notes };
}

/** After the provider was asked for `desired` and nobody knows whether it did so: `found` is the first poll since. */
export function followDoubtful(known: Tracking, desired: number, found: ProviderState, askedAt: number): Tracking {
  const { total } = countServers(unique(found.servers));
  const isRemoval = known.desired !== null && desired < known.desired;
  const doubtful: Tracking = { ...known, ...sent(desired, isRemoval) };
  if (found.desired !== null) return found.desired === desired ? { ...doubtful, desired, askedAt } : doubtful;
  const reference = known.desired ?? total;
  if (isRemoval) return { ...doubtful, desired: Math.min(reference, Math.max(desired, total)) };
  // One server more than before shows that it was heard.
  return total > totalOf(known) ? { ...doubtful, desired: Math.max(reference, desired), askedAt } : doubtful;
}

function sent(desired: number, isRemoval: boolean): Pick<Tracking, 'asked' | 'removing'> {
  return { asked: desired, removing: isRemoval ? desired : null };
}

/** How long the cluster's servers take, servers that are overdue included; `null` until one was measured. */
export function leadTimeOf({ leadTimes, servers }: Tracking, now: number): LeadTime | null {
  const waiting = servers.flatMap(({ state, askedAt }) =>
    state === 'PROVISIONING' && askedAt !== null ? [now - askedAt] : [],
  );
  return leadTimeFrom(leadTimes, waiting);
}

/** A list may name a server twice; the first entry counts. */
export function unique(servers: readonly ProvidedServer[]): readonly ProvidedServer[] {
  const byId = new Map<string, ProvidedServer>();
  for (const server of servers) if (!byId.has(server.id)) byId.set(server.id, server);
  return byId.size === servers.length ? servers : [...byId.values()];
}

function isUnchanged(known: Tracking, seen: ProviderState, listed: readonly ProvidedServer[]): boolean {
  if (known.desired === null || known.servers.length !== listed.length) return false;
  if (seen.desired !== null && seen.desired !== known.desired) return false;
  // A second poll in a row says more than the first.
  if ((known.higher ?? null) !== null || (known.contest ?? null) !== null) return false;
  return listed.every(({ id, state }, index) => {
    const server = known.servers[index];
    return server?.id === id && server.state === state;
  });
}

export function totalOf({ servers }: Pick<Tracking, 'servers'>): number {
  return countServers(servers).total;
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
  return Math.round(sinceOf(askedAt, activeAt, now) - askedAt);
}

/** The provider's own time is finer than ours, but only worth something if both clocks agree. */
function sinceOf(askedAt: number | null, activeAt: number | null | undefined, now: number): number {
  const least = askedAt ?? Number.NEGATIVE_INFINITY;
  return typeof activeAt === 'number' && activeAt >= least && activeAt <= now ? activeAt : now;
}

/** At the very first look a server may have been there for long: only its provider knows. */
function firstSeenSince(activeAt: number | null | undefined, now: number): number | null {
  return typeof activeAt === 'number' && activeAt <= now ? activeAt : null;
}
