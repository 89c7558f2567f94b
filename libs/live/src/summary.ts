import type { LiveTopic } from '#scaler';
import type { SentEvent } from './wire.js';

/** Events that are not part of summaries: a decision each tick matters only on the page of one cluster. */
const NOT_IN_SUMMARY: ReadonlySet<LiveTopic> = new Set(['decision', 'forecast']);

/** An event without its lists of servers; `null`: it is not for summaries. */
export function summaryOf(event: SentEvent): SentEvent | null {
  if (NOT_IN_SUMMARY.has(event.type)) return null;
  if (event.type !== 'metrics' && event.type !== 'cluster_state') return event;
  return { ...event, data: { ...event.data, servers: [] } } as SentEvent;
}
