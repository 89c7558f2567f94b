import type { LiveTopic } from '#scaler';
import type { SentEvent } from './wire.js';

/** What a client that asked for summaries is not sent: a decision each tick is of interest to whoever looks at one cluster. */
const NOT_IN_SUMMARY: ReadonlySet<LiveTopic> = new Set(['decision', 'forecast']);

/** An event without its lists of servers; `null`: it is not for summaries. */
export function summaryOf(event: SentEvent): SentEvent | null {
  if (NOT_IN_SUMMARY.has(event.type)) return null;
  if (event.type !== 'metrics' && event.type !== 'cluster_state') return event;
  return { ...event, data: { ...event.data, servers: [] } } as SentEvent;
}
