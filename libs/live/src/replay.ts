import type { LiveEvents, LiveTopic } from '#scaler';

/** An event as clients get it: `id` grows with each event of this process, whose name it begins with. */
export type SentEvent = LiveEvents[LiveTopic] & { readonly id: string };

/** Enough for a thousand events of twenty watched clusters; a bound on memory, whoever watches what. */
const MOST_EVENTS = 20_000;

interface Kept {
  readonly at: number;
  readonly event: SentEvent;
}

/** What a client that comes back gets: `missed` when there was more than is kept, which REST tells then. */
export interface Missed {
  readonly missed: boolean;
  readonly events: readonly SentEvent[];
}

/** The events of the last minutes, oldest first. */
export class Replay {
  private kept: Kept[] = [];
  /** Sequence number of the oldest event that is kept. */
  private first = 1;
  private sequence = 0;

  /** @param epoch tells the ids of this process from those of another */
  constructor(
    private readonly epoch: string,
    private readonly windowMs: number,
  ) {}

  add(event: LiveEvents[LiveTopic], now: number): SentEvent {
    this.sequence += 1;
    const sent = { ...event, id: `${this.epoch}-${this.sequence}` };
    this.kept.push({ at: now, event: sent });
    // Not at each event: cutting off the front of an array costs as much as the array is long.
    if (this.kept.length >= 2 * MOST_EVENTS) this.trim(now);
    return sent;
  }

  /** What came of these clusters after the event `id`. */
  since(clusters: ReadonlySet<string>, id: string, now: number): Missed {
    this.trim(now);
    const [epoch, number] = id.split('-', 2);
    const last = Number(number);
    const ofThisProcess = epoch === this.epoch && Number.isInteger(last) && last <= this.sequence;
    const complete = ofThisProcess && last >= this.first - 1;
    const start = complete ? last - this.first + 1 : 0;
    const events = this.kept.slice(start).flatMap(({ event }) => (clusters.has(event.cluster_id) ? [event] : []));
    return { missed: !complete, events };
  }

  clear(): void {
    this.first = this.sequence + 1;
    this.kept = [];
  }

  private trim(now: number): void {
    const fresh = this.kept.findIndex(({ at }) => at >= now - this.windowMs);
    const expired = fresh < 0 ? this.kept.length : fresh;
    const cut = Math.max(expired, this.kept.length - MOST_EVENTS);
    this.kept = this.kept.slice(cut);
    this.first += cut;
  }
}
