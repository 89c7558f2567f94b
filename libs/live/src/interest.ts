/** How much of a cluster's events is needed: `summary` is enough for a list of clusters. */
export const DETAILS = ['full', 'summary'] as const;
export type Detail = (typeof DETAILS)[number];

/** What an instance needs from the others: ids of clusters, or `*` for all. */
export interface Interest {
  readonly full: readonly string[];
  readonly summary: readonly string[];
  /** A client wants every cluster that it may see, new ones too. */
  readonly everything: boolean;
}

const ALL = '*';
/** A longer list is sent as `*`: the list goes out every few seconds, and unneeded events then cost less. */
const MOST_NAMED = 2000;

/** The ids as sent to other instances. */
export function named(ids: readonly string[]): readonly string[] {
  return ids.length > MOST_NAMED ? [ALL] : ids;
}

/**
 * What other instances need. It is kept for `lingerMs` after its last message: the clients of an instance that ends reconnect to another
 * one, which then must know the events in between.
 */
export class OthersInterest {
  /** Which instance needs which cluster, and until when (milliseconds since the epoch). */
  private readonly until: Readonly<Record<Detail, Map<string, number>>> = { full: new Map(), summary: new Map() };
  private everythingUntil = 0;

  constructor(private readonly lingerMs: number) {}

  tell({ full, summary, everything }: Interest, now: number): void {
    for (const id of full) this.until.full.set(id, now + this.lingerMs);
    for (const id of summary) this.until.summary.set(id, now + this.lingerMs);
    if (everything) this.everythingUntil = now + this.lingerMs;
  }

  /** How much of a cluster other instances need, or may need for clients that reconnect. */
  of(clusterId: string, now: number): Detail | null {
    for (const detail of ['full', 'summary'] as const) {
      const until = this.until[detail];
      if (Math.max(until.get(clusterId) ?? 0, until.get(ALL) ?? 0) > now) return detail;
    }
    return null;
  }

  /** Whether another instance needs to know about new clusters. */
  everything(now: number): boolean {
    return this.everythingUntil > now;
  }

  /** Removes expired entries. @returns whether any are left */
  prune(now: number): boolean {
    for (const wanted of Object.values(this.until)) {
      for (const [id, until] of wanted) if (until <= now) wanted.delete(id);
    }
    return this.everything(now) || this.until.full.size > 0 || this.until.summary.size > 0;
  }
}
