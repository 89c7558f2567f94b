import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Schema } from '../api/client';
import { useLiveCluster } from '../live/live-store';
import { clusterQueries } from './queries';
import { isRefused, type Refused, refusedIn } from './refused';
import type { ScalingEvent } from './use-events';

/** The newest scaling event, and whether its count is refused until now. */
function useNewest(id: string) {
  const { scaling } = useLiveCluster(id);
  // A selection that fails is a failed query, and takes nothing from the page.
  const alert = useQuery({ ...clusterQueries.alerts(id), select: isScalingFailing });
  const last = useQuery(clusterQueries.lastEvent(id));
  const newest = scaling ?? last.data ?? null;
  const isKnown = !alert.isPending && (newest !== null || !last.isPending);
  return { newest, isKnown, isFailing: alert.data === true && newest !== null && isRefused(newest) };
}

function isScalingFailing({ alerts }: Schema['AlertListDto']): boolean {
  return alerts.some(({ code, until }) => code === 'scaling_failed' && until === null);
}

/** The count that is refused at present: the provider's own desired count does not have it. `null`: none; `undefined`: not known yet. */
export function useRefusedCount(id: string): number | null | undefined {
  const { newest, isKnown, isFailing } = useNewest(id);
  if (!isKnown) return undefined;
  return isFailing && newest !== null ? newest.desired : null;
}

/** The refused counts among these events, newest first. */
export function useRefused(id: string, events: readonly ScalingEvent[]): readonly Refused[] {
  const { newest, isFailing } = useNewest(id);
  const newestId = newest?.id ?? null;
  return useMemo(() => refusedIn(events, newestId, isFailing), [events, newestId, isFailing]);
}
