import { useMemo } from 'react';
import { liveCluster } from '../live/live-store';
import { type Filter, type Overview, passes, seen, sorted, type Sorting } from './overview';

/**
 * Which clusters are shown, and in what order. It is found anew when something is asked for or loaded, not at every event: rows that jump
 * about while one reads them are worse than an order that is a few seconds old.
 */
export function useClusterOrder(
  clusters: readonly Overview[] | undefined,
  {
    sorting: { key, descending },
    filter,
    search,
    loadedAt,
  }: { sorting: Sorting; filter: Filter; search: string; loadedAt: number },
): readonly Overview[] {
  return useMemo(() => {
    const all = (clusters ?? []).map((overview) => seen(overview, loadedAt, liveCluster(overview.id), loadedAt));
    return sorted(
      all.filter((cluster) => passes(cluster, filter, search.trim())),
      { key, descending },
    ).map(({ overview }) => overview);
  }, [clusters, key, descending, filter, search, loadedAt]);
}
