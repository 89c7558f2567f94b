import type { AlertNotice } from './alert-outbox.js';

/**
 * Held removals in several clusters of a receiver are one alert: the first cluster begins it, the last one ends it.
 *
 * @param notices of held removals of the receiver's clusters, in order
 * @param heldNow the receiver's clusters whose removals are held after all notices
 * @returns the notices that begin or end the alert
 */
export function newsOfHeldRemovals(
  notices: readonly AlertNotice[],
  heldNow: Iterable<string>,
): ReadonlySet<AlertNotice> {
  const held = new Set(heldNow);
  for (const { cluster, alert } of notices.toReversed()) {
    if (alert.state === 'raised') held.delete(cluster.id);
    else held.add(cluster.id);
  }
  const news = new Set<AlertNotice>();
  for (const notice of notices) {
    const before = held.size;
    if (notice.alert.state === 'raised') held.add(notice.cluster.id);
    else held.delete(notice.cluster.id);
    if ((before === 0) !== (held.size === 0)) news.add(notice);
  }
  return news;
}
