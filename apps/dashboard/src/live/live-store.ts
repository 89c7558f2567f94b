import { useSyncExternalStore } from 'react';
import { live } from './live';
import { type LiveCluster, NOTHING_HEARD } from './live-cluster';

/**
 * Faster updates are not perceivable; a page with a hundred clusters is redrawn a few times per second instead of
 * hundreds of times.
 */
const FLUSH_MS = 200;

const clusters = new Map<string, LiveCluster>();
const changed = new Set<string>();
const listeners = new Map<string, Set<() => void>>();
let flush: ReturnType<typeof setTimeout> | null = null;

function update(id: string, change: Partial<LiveCluster>): void {
  clusters.set(id, { ...(clusters.get(id) ?? NOTHING_HEARD), ...change });
  changed.add(id);
  flush ??= setTimeout(() => {
    flush = null;
    for (const each of changed) for (const listener of listeners.get(each) ?? []) listener();
    changed.clear();
  }, FLUSH_MS);
}

live.on('metrics', ({ cluster_id: id, timestamp, data }) =>
  update(id, { metrics: data, metricsAt: Date.parse(timestamp) }),
);
live.on('cluster_state', ({ cluster_id: id, data }) => update(id, { state: data, stateAt: Date.now() }));
live.on('decision', ({ cluster_id: id, data }) => update(id, { decision: data }));
live.on('forecast', ({ cluster_id: id, timestamp, data }) =>
  update(id, { forecast: { ...data, at: Date.parse(timestamp) } }),
);
live.on('scaling_event', ({ cluster_id: id, timestamp, data }) => update(id, { scaling: { ...data, timestamp } }));
live.watch(() => {
  // Data from before a disconnect is outdated, and the next user may not be allowed to see it.
  if (live.status() === 'closed') clusters.clear();
});

export function liveCluster(id: string): LiveCluster {
  return clusters.get(id) ?? NOTHING_HEARD;
}

/** The latest live data of a cluster, updated a few times per second. */
export function useLiveCluster(id: string): LiveCluster {
  return useSyncExternalStore(
    (listener) => {
      const own = listeners.get(id) ?? new Set();
      listeners.set(id, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(id);
      };
    },
    () => liveCluster(id),
  );
}
