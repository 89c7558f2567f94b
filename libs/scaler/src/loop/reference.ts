import type { Contest, ShortList, Tracking, TrackingNote } from './tracking.js';

/** What one poll shows of the count. */
export interface Listing {
  /** Active and provisioning servers now, and at the poll before. */
  readonly total: number;
  readonly before: number;
  /** The provider's own desired count; `null` where it states none. */
  readonly stated: number | null;
  /** Servers that are gone and were not draining. */
  readonly vanished: readonly string[];
}

type Memory = Omit<Tracking, 'version' | 'askedAt' | 'servers' | 'leadTimes' | 'manual' | 'changed'>;

interface Found {
  readonly memory: Memory;
  readonly isLoss: boolean;
  readonly notes: readonly TrackingNote[];
}

/** So many polls without a change by another writer end a contest. */
const CALM_POLLS = 5;

/**
 * The reference count after a poll: what the provider states at once; else what was asked for and accepted, raised by a higher list in two
 * polls in a row, lowered only by removals that were asked for. What vanished otherwise is lost.
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
    // Servers that another writer wants are on their way, not lost.
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

/** One poll may be a server that has not left yet; two in a row are a count that another writer wants. */
function heightened(known: Tracking, total: number): Heightened {
  const desired = known.desired!;
  if (total <= desired) return { desired, higher: null, note: null };
  if ((known.higher ?? null) === null) return { desired, higher: total, note: null };
  const to = Math.min(total, known.higher!);
  return { desired: to, higher: null, note: { kind: 'drift', from: desired, to } };
}

/** A list that stays as short as it was keeps its time; another short list begins anew. */
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
