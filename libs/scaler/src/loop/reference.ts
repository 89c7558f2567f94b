import type { Contest, ShortList, Tracking, TrackingNote } from './tracking.js';

/** Counts of one poll. */
export interface Listing {
  /** Active and provisioning servers of this poll, and of the one before. */
  readonly total: number;
  readonly before: number;
  /** The provider's own desired count; `null` if it states none. */
  readonly stated: number | null;
  /** Servers that disappeared and were not draining. */
  readonly vanished: readonly string[];
}

type Memory = Omit<Tracking, 'version' | 'askedAt' | 'servers' | 'leadTimes' | 'manual' | 'changed'>;

interface Found {
  readonly memory: Memory;
  readonly isLoss: boolean;
  readonly notes: readonly TrackingNote[];
}

/** This many polls without an external change end a contest. */
const CALM_POLLS = 5;

/**
 * The reference count after a poll. A count that the provider states applies at once. Otherwise it is the count that
 * was requested and accepted: raised by a longer list in two polls in a row, lowered only by requested removals. Other
 * servers that disappear are lost.
 */
export function referenceAfter(known: Tracking, listing: Listing, now: number): Found {
  const { total, stated } = listing;
  const { asked = null, removing = null } = known;
  if (known.desired === null) {
    const desired = stated ?? total;
    return { memory: { ...NOTHING, desired, lost: Math.max(0, desired - total) }, isLoss: false, notes: [] };
  }
  const contest = contestAfter(known, stated);
  if (stated !== null && stated !== known.desired) {
    const notes: TrackingNote[] = [{ kind: 'drift', from: known.desired, to: stated }];
    // Servers that another writer requested are pending, not lost.
    const memory = { ...NOTHING, asked, contest, desired: stated, awaitedSince: total < stated ? now : null };
    return { memory, isLoss: false, notes };
  }
  const { desired, higher, note } = stated === null ? heightened(known, total) : settled(known);
  const lowest = removing === null ? desired : Math.min(desired, removing);
  const lostIds = listing.vanished.slice(Math.max(0, listing.before - lowest));
  const reached = removing !== null && stated === null ? Math.min(desired, Math.max(removing, total)) : desired;
  const lost = Math.min((known.lost ?? 0) + lostIds.length, Math.max(0, reached - total));
  const notes: TrackingNote[] = note === null ? [] : [note];
  if (lostIds.length > 0) notes.push({ kind: 'lost', serverIds: lostIds });
  return {
    memory: {
      desired: reached,
      asked,
      removing: removing !== null && total > removing ? removing : null,
      higher,
      lost,
      awaitedSince: total < reached ? (known.awaitedSince ?? null) : null,
      short: shortAfter(known.short ?? null, total, reached, now),
      contest,
    },
    isLoss: lostIds.length > 0,
    notes,
  };
}

const NOTHING: Omit<Memory, 'desired'> = {
  asked: null,
  removing: null,
  higher: null,
  lost: 0,
  awaitedSince: null,
  short: null,
  contest: null,
};

interface Heightened {
  readonly desired: number;
  readonly higher: number | null;
  readonly note: TrackingNote | null;
}

function settled({ desired }: Tracking): Heightened {
  return { desired: desired!, higher: null, note: null };
}

/**
 * A longer list in one poll may contain a server that has not left yet; in two polls in a row it is an external change.
 */
function heightened(known: Tracking, total: number): Heightened {
  const desired = known.desired!;
  if (total <= desired) return { desired, higher: null, note: null };
  if ((known.higher ?? null) === null) return { desired, higher: total, note: null };
  const to = Math.min(total, known.higher!);
  return { desired: to, higher: null, note: { kind: 'drift', from: desired, to } };
}

/** A list that stays equally short keeps its start time; a list of another length restarts it. */
function shortAfter(known: ShortList | null, total: number, reference: number, now: number): ShortList | null {
  if (known === null || total >= reference) return null;
  return known.listed === total ? known : { listed: total, since: now };
}

function contestAfter({ asked = null, desired, contest = null }: Tracking, stated: number | null): Contest | null {
  const isOurs = asked !== null && asked === desired;
  if (isOurs && stated !== null && stated !== desired) return { changes: (contest?.changes ?? 0) + 1, calm: 0 };
  if (contest === null) return null;
  return contest.calm + 1 >= CALM_POLLS ? null : { ...contest, calm: contest.calm + 1 };
}
