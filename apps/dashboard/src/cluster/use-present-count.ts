import { useQuery } from '@tanstack/react-query';
import { useLiveCluster } from '../live/live-store';
import { type Cluster, clusterQueries } from './queries';

/** The current count as the start of a change: the desired one, else the existing servers; `null`: unknown. */
export function usePresentCount({ id }: Pick<Cluster, 'id'>): number | null {
  const { metrics, state } = useLiveCluster(id);
  const { data } = useQuery(clusterQueries.status(id));
  return state?.desired ?? data?.desired_servers ?? metrics?.active ?? data?.servers?.active ?? null;
}
