import { useQuery } from '@tanstack/react-query';
import { useLiveCluster } from '../live/live-store';
import { within } from './count';
import { type Cluster, clusterQueries } from './queries';
import { useRefusedCount } from './use-refused';

/** The current count as the start of a change: the desired one, else the existing servers; `null`: unknown. */
export function usePresentCount({ id }: Pick<Cluster, 'id'>): number | null {
  const { metrics, state } = useLiveCluster(id);
  const { data } = useQuery(clusterQueries.status(id));
  return state?.desired ?? data?.desired_servers ?? metrics?.active ?? data?.servers?.active ?? null;
}

/**
 * The count that a hold begins with: the present one, or the higher one that is refused, so that a hold made during a
 * fault does not outlast it with too few servers; `null`: unknown.
 */
export function useCountToHold(cluster: Cluster): number | null {
  const present = usePresentCount(cluster);
  const refused = useRefusedCount(cluster.id);
  if (present === null || refused === undefined) return null;
  return within(Math.max(present, refused ?? 0), { min: cluster.min_servers, max: cluster.max_servers });
}
