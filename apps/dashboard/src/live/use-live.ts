import { useEffect, useSyncExternalStore } from 'react';
import type { EventOf, Topic } from './events';
import { live, type LiveStatus } from './live';

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(live.watch, live.status);
}

/** Subscribes to a cluster, or to `ALL_CLUSTERS`, while the component is mounted. */
export function useLiveOf(clusterId: string): void {
  useEffect(() => live.want(clusterId), [clusterId]);
}

/** Calls the listener on every event of a topic; pass a stable function. */
export function useLiveEvent<T extends Topic>(topic: T, listener: (event: EventOf<T>) => void): void {
  useEffect(() => live.on(topic, listener), [topic, listener]);
}
