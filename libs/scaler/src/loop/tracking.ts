import { leadTimeFrom, rememberBothLeadTimes, usualLeadTimes } from '#engine';
import type { LeadTime, ServerState } from '#engine';
import { countServers } from '#providers';
import type { ProvidedServer, ProviderState } from '#providers';
import type { ManualChangeNote } from './manual-change.js';
import { referenceAfter } from './reference.js';
import type { Served } from './served.js';

/**
 * What the loop remembers of a cluster's servers from tick to tick, to tell its own changes from external ones. Plain
 * JSON, stored with the cluster; times in milliseconds since the epoch. Optional fields are missing in states of
 * earlier releases.
 */
export interface Tracking {
  readonly version: 1;
  /** The reference count (docs/invariants.md); `null` until the first poll. */
  readonly desired: number | null;
  /** When we requested that count; `null` if it was found. */
  readonly askedAt: number | null;
  readonly servers: readonly TrackedServer[];
  /** The last measured lead times, from request to active, oldest first, in milliseconds. */
  readonly leadTimes: readonly number[];
  /** Those of servers that had to wait before they could start (in Kubernetes: for a node), measured apart. */
  readonly waited?: readonly number[];
  /** The last count sent to the provider and not refused, whether or not it was carried out. */
  readonly asked?: number | null;
  /** Target of a requested removal that may be carried out late. */
  readonly removing?: number | null;
  /** Servers that the last poll listed, if it was the first to list more than the reference count. */
  readonly higher?: number | null;
  /** Servers that disappeared without a request of ours and were not replaced. */
  readonly lost?: number;
  /** Since when requested servers have been missing that were never listed. */
  readonly awaitedSince?: number | null;
  /** The short list since the missing servers were requested again. */
  readonly short?: ShortList | null;
  /** Recent external changes of a count that we had set. */
  readonly contest?: Contest | null;
  /** A change by a user that is in progress or recent. */
  readonly manual?: ManualChangeNote | null;
  /** Id of the last change of bounds or hold that a tick has seen. */
  readonly changed?: string | null;
  /** How users were served in the last hour. */
  readonly served?: Served | null;
}

export interface ShortList {
  readonly listed: number;
  readonly since: number;
}

export interface Contest {
  readonly changes: number;
  /** Polls since the last external change. */
  readonly calm: number;
}

export interface TrackedServer {
  readonly id: string;
  readonly state: ServerState;
  /** When we requested it; `null`: we did not, or it is unknown. */
  readonly askedAt: number | null;
  /**
   * Active since then: the provider's time if plausible, else the first poll that showed it active; `null`: not active
   * yet, or unknown.
   */
  readonly activeAt: number | null;
  /** First poll that showed it provisioning. */
  readonly seenAt?: number;
  /** Whether it had to wait before it could start. */
  readonly waited?: true;
}

export type TrackingNote =
  | { readonly kind: 'became_active'; readonly serverId: string; readonly leadTimeMs: number | null }
  | { readonly kind: 'terminated'; readonly serverId: string }
  /** Servers that disappeared without a request. */
  | { readonly kind: 'lost'; readonly serverIds: readonly string[] }
  /** An external change of the count. */
  | { readonly kind: 'drift'; readonly from: number; readonly to: number };

export interface Followed {
  readonly tracking: Tracking;
  readonly notes: readonly TrackingNote[];
}

/** A server that is older than this when first seen may have been active before. */
const NEW_MS = 300_000;

export const NOTHING_TRACKED: Tracking = { version: 1, desired: null, askedAt: null, servers: [], leadTimes: [] };

/**
 * Compares a poll with the known state. Returns the same `known` object if nothing changed, so that it need not be
 * stored again.
 */
export function follow(known: Tracking, seen: ProviderState, now: number): Followed {
  const listed = unique(seen.servers);
  if (isUnchanged(known, seen, listed)) return { tracking: known, notes: [] };
  const before = new Map<string, TrackedServer>();
  for (const server of known.servers) before.set(server.id, server);
  const notes: TrackingNote[] = [];
  const servers: TrackedServer[] = [];
  const measured: Record<'leadTimes' | 'waited', number[]> = { leadTimes: [], waited: [] };
  // Only this many new servers are ours. Others were requested externally, or replace lost ones, perhaps long after our
  // request.
  let awaited = known.desired === null ? 0 : known.desired - totalOf(known);

  for (const { id, state, activeAt, createdAt, waitsFor } of listed) {
    if (state === 'TERMINATED') continue;
    const previous = before.get(id);
    before.delete(id);
    const waited = previous?.waited === true || isHeldUp(waitsFor) ? { waited: true as const } : {};
    if (previous?.state === state) {
      servers.push(previous.waited === waited.waited ? previous : { ...previous, ...waited });
      continue;
    }
    const isOurs = previous === undefined && state !== 'DRAINING' && awaited > 0;
    if (isOurs) awaited -= 1;
    const created = previous === undefined ? lately(createdAt, now) : null;
    const askedAt = created ?? (isOurs ? askedFor(known, state) : (previous?.askedAt ?? null));
    const becameActive = state === 'ACTIVE' && (previous?.activeAt ?? null) === null;
    const leadTimeMs = becameActive ? leadTime(askedAt, activeAt, now) : null;
    if (leadTimeMs !== null) measured[waited.waited === true ? 'waited' : 'leadTimes'].push(leadTimeMs);
    // Servers of the first poll did not just become active; they are only new to us.
    if (becameActive && known.desired !== null) notes.push({ kind: 'became_active', serverId: id, leadTimeMs });
    const seenAt = state === 'PROVISIONING' ? { seenAt: now } : {};
    const since = known.desired === null ? firstSeenSince(activeAt, now) : sinceOf(askedAt, activeAt, now);
    servers.push({
      id,
      state,
      askedAt,
      activeAt: becameActive ? since : (previous?.activeAt ?? null),
      ...seenAt,
      ...waited,
    });
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
    ...(known.served === undefined ? {} : { served: known.served }),
    version: 1,
    askedAt: found.memory.desired === known.desired && !found.isLoss ? known.askedAt : null,
    servers,
    ...rememberBothLeadTimes(known, measured),
  };
  return { tracking, notes };
}

/**
 * State after the provider accepted a request for `desired` and answered with its servers. A removal counts only as far
 * as the list shows it; the rest may follow late.
 */
export function followAsked(known: Tracking, desired: number, answer: ProviderState, askedAt: number): Followed {
  const { total } = countServers(unique(answer.servers));
  const isRemoval = known.desired !== null && desired < known.desired;
  const accepted = answer.desired ?? (isRemoval ? Math.min(known.desired, Math.max(desired, total)) : desired);
  // A response is not a second poll: extra servers in it may be about to leave.
  const asked: Tracking = { ...known, ...sent(desired, isRemoval), desired: accepted, askedAt, higher: null };
  const followed = follow(asked, answer, askedAt);
  const { notes } = followed;
  const tracking =
    (followed.tracking.higher ?? null) === null ? followed.tracking : { ...followed.tracking, higher: null };
  if (total >= accepted) return { tracking, notes };
  const short = tracking.short?.listed === total ? tracking.short : { listed: total, since: askedAt };
  return { tracking: { ...tracking, short, awaitedSince: tracking.awaitedSince ?? askedAt }, notes };
}

/** State after a request for `desired` whose outcome is unknown; `found` is the first poll since. */
export function followDoubtful(known: Tracking, desired: number, found: ProviderState, askedAt: number): Tracking {
  const { total } = countServers(unique(found.servers));
  const isRemoval = known.desired !== null && desired < known.desired;
  const doubtful: Tracking = { ...known, ...sent(desired, isRemoval) };
  if (found.desired !== null) return found.desired === desired ? { ...doubtful, desired, askedAt } : doubtful;
  const reference = known.desired ?? total;
  if (isRemoval) return { ...doubtful, desired: Math.min(reference, Math.max(desired, total)) };
  // One more server than before shows that the provider got the request.
  return total > totalOf(known) ? { ...doubtful, desired: Math.max(reference, desired), askedAt } : doubtful;
}

function sent(desired: number, isRemoval: boolean): Pick<Tracking, 'asked' | 'removing'> {
  return { asked: desired, removing: isRemoval ? desired : null };
}

/** The cluster's lead time, overdue servers included; `null` until one was measured. */
export function leadTimeOf(tracking: Pick<Tracking, 'leadTimes' | 'waited' | 'servers'>, now: number): LeadTime | null {
  const waiting = tracking.servers.flatMap(({ state, askedAt }) =>
    state === 'PROVISIONING' && askedAt !== null ? [now - askedAt] : [],
  );
  return leadTimeFrom(usualLeadTimes(tracking), waiting);
}

/** A list may contain a server twice; the first entry counts. */
export function unique(servers: readonly ProvidedServer[]): readonly ProvidedServer[] {
  const byId = new Map<string, ProvidedServer>();
  for (const server of servers) if (!byId.has(server.id)) byId.set(server.id, server);
  return byId.size === servers.length ? servers : [...byId.values()];
}

function isUnchanged(known: Tracking, seen: ProviderState, listed: readonly ProvidedServer[]): boolean {
  if (known.desired === null || known.servers.length !== listed.length) return false;
  if (seen.desired !== null && seen.desired !== known.desired) return false;
  // A published count that is not in force any more may be below an unchanged list.
  if (seen.desired === null && totalOf(known) > known.desired) return false;
  // The second poll in a row is evaluated even if it shows the same servers.
  if ((known.higher ?? null) !== null || (known.contest ?? null) !== null) return false;
  return listed.every(({ id, state, waitsFor }, index) => {
    const server = known.servers[index];
    return server?.id === id && server.state === state && (server.waited === true || !isHeldUp(waitsFor));
  });
}

function isHeldUp(waitsFor: string | null | undefined): boolean {
  return (waitsFor ?? null) !== null;
}

export function totalOf({ servers }: Pick<Tracking, 'servers'>): number {
  return countServers(servers).total;
}

/**
 * When a pending server was requested: at our last request. One that is active already may have existed before our
 * first poll; then the time is unknown.
 */
function askedFor(known: Tracking, state: ServerState): number | null {
  return state === 'ACTIVE' && known.servers.length === 0 ? null : known.askedAt;
}

/**
 * When a new server was created, if the provider states it and it is recent. With rolling updates and replaced servers, our
 * last request is unrelated.
 */
function lately(createdAt: number | null | undefined, now: number): number | null {
  if (typeof createdAt !== 'number' || Math.abs(now - createdAt) > NEW_MS) return null;
  return Math.min(createdAt, now);
}

function leadTime(askedAt: number | null, activeAt: number | null | undefined, now: number): number | null {
  // A negative time: the clock was set back.
  if (askedAt === null || now < askedAt) return null;
  return Math.round(sinceOf(askedAt, activeAt, now) - askedAt);
}

/** The provider's time is more precise than ours, but usable only if both clocks agree. */
function sinceOf(askedAt: number | null, activeAt: number | null | undefined, now: number): number {
  const least = askedAt ?? Number.NEGATIVE_INFINITY;
  return typeof activeAt === 'number' && activeAt >= least && activeAt <= now ? activeAt : now;
}

/** At the first poll a server may be old already; only the provider knows its age. */
function firstSeenSince(activeAt: number | null | undefined, now: number): number | null {
  return typeof activeAt === 'number' && activeAt <= now ? activeAt : null;
}
