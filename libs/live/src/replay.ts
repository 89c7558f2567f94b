import type { LiveEvents, LiveTopic } from '#scaler';

/** An event as clients get it: `id` grows with each event of this process, whose name it begins with. */
export type SentEvent = LiveEvents[LiveTopic] & { readonly id: string };

const MOST_PER_CLUSTER = 512;

interface Kept {
  readonly sequence: number;
  readonly at: number;
  readonly event: SentEvent;
}

/** The last minutes of each cluster that somebody watches or has just watched. */
export class Replay {
  private readonly rings = new Map<string, Kept[]>();
  private sequence = 0;

  /** @param epoch tells the ids of this process from those of another */
  constructor(
    private readonly epoch: string,
    private readonly windowMs: number,
  ) {}

  add(event: LiveEvents[LiveTopic], now: number): SentEvent {
    this.sequence += 1;
    const sent = { ...event, id: `${this.epoch}-${this.sequence}` };
    const ring = this.rings.get(event.cluster_id) ?? [];
    ring.push({ sequence: this.sequence, at: now, event: sent });
    while (ring.length > MOST_PER_CLUSTER || (ring[0]?.at ?? now) < now - this.windowMs) ring.shift();
    this.rings.set(event.cluster_id, ring);
    return sent;
  }

  /** What came after `id`, or `missed` when that cannot be told: read the rest over REST. */
  since(
    clusterId: string,
    id: string,
    now: number,
  ): { readonly missed: boolean; readonly events: readonly SentEvent[] } {
    const ring = (this.rings.get(clusterId) ?? []).filter(({ at }) => at >= now - this.windowMs);
    const [epoch, number] = id.split('-', 2);
    const first = ring.findIndex(({ sequence }) => sequence === Number(number));
    if (epoch !== this.epoch || first < 0) return { missed: true, events: ring.map(({ event }) => event) };
    return { missed: false, events: ring.slice(first + 1).map(({ event }) => event) };
  }

  clear(): void {
    this.rings.clear();
  }
}
