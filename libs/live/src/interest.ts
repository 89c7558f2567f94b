/** How much of a cluster's events somebody wants: `summary` is enough for whoever shows many clusters beside each other. */
export const DETAILS = ['full', 'summary'] as const;
export type Detail = (typeof DETAILS)[number];

/** What an instance wants of the others, as it tells them: ids of clusters, or `*` for all. */
export interface Interest {
  readonly full: readonly string[];
  readonly summary: readonly string[];
  /** Somebody wants every cluster that he may see, those to come too. */
  readonly everything: boolean;
}

const ALL = '*';
/** A longer list is not told: it is sent every few seconds, and then events that nobody wants cost less. */
const MOST_NAMED = 2000;

/** The ids as they are told to others. */
export function named(ids: readonly string[]): readonly string[] {
  return ids.length > MOST_NAMED ? [ALL] : ids;
}

/**
 * What the other instances want. It holds for `lingerMs` after it was last told: the clients of an instance that ends come back to another
 * one, which must know then what happened meanwhile.
 */
export class OthersInterest {
  /** Until when (milliseconds since the epoch) who wants which cluster. */
  private readonly until: Readonly<Record<Detail, Map<string, number>>> = { full: new Map(), summary: new Map() };
  private everythingUntil = 0;

  constructor(private readonly lingerMs: number) {}

  tell({ full, summary, everything }: Interest, now: number): void {
    for (const id of full) this.until.full.set(id, now + this.lingerMs);
    for (const id of summary) this.until.summary.set(id, now + this.lingerMs);
    if (everything) this.everythingUntil = now + this.lingerMs;
  }

  /** How much of a cluster anybody elsewhere wants, or may want when he is back. */
  of(clusterId: string, now: number): Detail | null {
    for (const detail of ['full', 'summary'] as const) {
      const until = this.until[detail];
      if (Math.max(until.get(clusterId) ?? 0, until.get(ALL) ?? 0) > now) return detail;
    }
    return null;
  }

  /** Whether anybody elsewhere wants to be told of clusters that he has not heard of. */
  everything(now: number): boolean {
    return this.everythingUntil > now;
  }

  /** Forgets what was last wanted too long ago; whether anything is left. */
  prune(now: number): boolean {
    for (const wanted of Object.values(this.until)) {
      for (const [id, until] of wanted) if (until <= now) wanted.delete(id);
    }
    return this.everything(now) || this.until.full.size > 0 || this.until.summary.size > 0;
  }
}
