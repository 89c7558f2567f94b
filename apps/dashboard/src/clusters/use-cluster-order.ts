import { useMemo } from 'react';
import { liveCluster } from '../live/live-store';
import { type Filter, type Overview, passes, seen, sorted, type Sorting } from './overview';

/**
 * Which clusters are shown, and in what order. It is found anew when something is asked for or loaded, not at every event: rows that jump
 * about while one reads them are worse than an order that is a few seconds old.
 */
export function useClusterOrder(
  clusters: readonly Overview[] | undefined,
  { sorting: { key, descending }, filter, search }: { sorting: Sorting; filter: Filter; search: string },
): readonly Overview[] {
  return useMemo(() => {
    const now = Date.now();
    const all = (clusters ?? []).map((overview) => seen(overview, liveCluster(overview.id), now));
    return sorted(
      all.filter((cluster) => passes(cluster, filter, search.trim())),
      { key, descending },
    ).map(({ overview }) => overview);
  }, [clusters, key, descending, filter, search]);
}
