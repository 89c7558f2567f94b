import { useQuery } from '@tanstack/react-query';
import { useLiveCluster } from '../live/live-store';
import { type Cluster, clusterQueries } from './queries';

/** The count that a change starts from: the one asked for, else the servers there are; `null`: not known. */
export function usePresentCount({ id }: Pick<Cluster, 'id'>): number | null {
  const { metrics, state } = useLiveCluster(id);
  const { data } = useQuery(clusterQueries.status(id));
  return state?.desired ?? data?.desired_servers ?? metrics?.active ?? data?.servers?.active ?? null;
}
