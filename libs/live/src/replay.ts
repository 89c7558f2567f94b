import type { LiveEvents, LiveTopic } from '#scaler';
import type { SentEvent } from './wire.js';

/** Enough for a thousand events of twenty watched clusters; a bound on memory. */
const MOST_EVENTS = 20_000;
/** The same for list items in events, such as the servers in metrics: a cluster of a thousand servers lists each at every tick. */
const MOST_ITEMS = 200_000;

interface Kept {
  readonly at: number;
  readonly event: SentEvent;
}

/** What a client gets on reconnect; `missed`: events are no longer kept, and the client loads them over REST. */
export interface Missed {
  readonly missed: boolean;
  readonly events: readonly SentEvent[];
}

/**
 * The events of the last minutes, of all instances, oldest first. Instances receive the same events, but not in the same
 * order: a client that comes from another instance receives events near its last one again, so that none is lost.
 */
export class Replay {
  private kept: Kept[] = [];
  /** Number of events and of their list items so far. */
  private items = 0;
  private sequence = 0;
  /** The newest event that is no longer kept. */
  private forgotten: { readonly id: string; readonly at: number } | undefined;
  private completeSince = -Infinity;

  /**
   * @param epoch distinguishes the ids of this process from those of others
   * @param overlapMs by how much the order of events may differ between instances; 0 for a single one
   */
  constructor(
    private readonly epoch: string,
    private readonly windowMs: number,
    private readonly overlapMs = 0,
  ) {}

  /** Gives an event of this instance its id. */
  add(event: LiveEvents[LiveTopic], now: number): SentEvent {
    this.sequence += 1;
    const sent = { ...event, id: `${this.epoch}-${this.sequence}` };
    this.keep(sent, now);
    return sent;
  }

  /** Keeps an event of any instance. */
  keep(event: SentEvent, now: number): void {
    this.kept.push({ at: now, event });
    this.items += itemsOf(event);
    const [oldest] = this.kept;
    const late = oldest !== undefined && oldest.at < now - 2 * this.windowMs;
    // Not at each event: removing the front of an array costs its whole length.
    if (late || this.kept.length >= 2 * MOST_EVENTS || this.items >= 2 * MOST_ITEMS) this.trim(now);
  }

  /** Marks events before `now` as incomplete: a client whose last event is older has missed some. */
  interrupted(now: number): void {
    this.completeSince = now;
  }

  /** The events of these clusters after the event `id`. */
  since(clusters: ReadonlySet<string>, id: string, now: number): Missed {
    this.trim(now);
    const index = this.kept.findLastIndex(({ event }) => event.id === id);
    const last = this.kept[index] ?? (this.forgotten?.id === id ? this.forgotten : undefined);
    const from = last === undefined ? 0 : this.startAfter(index, last.at);
    const events = this.kept
      .slice(from)
      .flatMap(({ event }) => (clusters.has(event.cluster_id) && event.id !== id ? [event] : []));
    return { missed: last === undefined || last.at < this.completeSince, events };
  }

  /** Number of kept events and list items. */
  get size(): number {
    return this.items;
  }

  clear(): void {
    this.kept = [];
    this.items = 0;
    this.forgotten = undefined;
  }

  private startAfter(index: number, at: number): number {
    if (this.overlapMs === 0) return index + 1;
    const start = this.kept.findIndex((kept) => kept.at >= at - this.overlapMs);
    return start < 0 ? this.kept.length : start;
  }

  private trim(now: number): void {
    const fresh = this.kept.findIndex(({ at }) => at >= now - this.windowMs);
    const expired = fresh < 0 ? this.kept.length : fresh;
    let cut = Math.max(expired, this.kept.length - MOST_EVENTS);
    let left = this.kept.slice(cut).reduce((sum, { event }) => sum + itemsOf(event), 0);
    for (; left > MOST_ITEMS; cut += 1) left -= itemsOf(this.kept[cut]?.event);
    this.items = left;
    const newest = this.kept[cut - 1];
    if (newest === undefined) return;
    this.forgotten = { id: newest.event.id, at: newest.at };
    this.kept = this.kept.slice(cut);
  }
}

/** An event, and the servers that it lists. */
function itemsOf(event: SentEvent | undefined): number {
  const data: object = event?.data ?? {};
  return 1 + ('servers' in data && Array.isArray(data.servers) ? data.servers.length : 0);
}
