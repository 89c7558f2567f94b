import { useMemo } from 'react';
import { liveCluster } from '../live/live-store';
import { type Filter, FILTERS, isIn, matches, type Overview, seen, sorted, type Sorting } from './overview';

interface ClusterOrder {
  readonly shown: readonly Overview[];
  /** Number of found clusters per filter. */
  readonly counts: Readonly<Record<Filter, number>>;
}

/**
 * The visible clusters in order. Recomputed on user actions and reloads, not on every event: rows must not jump while
 * being read.
 */
export function useClusterOrder(
  clusters: readonly Overview[] | undefined,
  {
    sorting: { key, descending },
    filter,
    search,
    loadedAt,
  }: { sorting: Sorting; filter: Filter; search: string; loadedAt: number },
): ClusterOrder {
  return useMemo(() => {
    const found = (clusters ?? [])
      .map((overview) => seen(overview, loadedAt, liveCluster(overview.id), loadedAt))
      .filter((cluster) => matches(cluster, search.trim()));
    const shown = sorted(
      found.filter((cluster) => isIn(cluster, filter)),
      { key, descending },
    ).map(({ overview }) => overview);
    const counts = FILTERS.map((each) => [each, found.filter((cluster) => isIn(cluster, each)).length]);
    return { shown, counts: Object.fromEntries(counts) as ClusterOrder['counts'] };
  }, [clusters, key, descending, filter, search, loadedAt]);
}
