import { useQuery } from '@tanstack/react-query';
import { NavLink, Outlet, useOutletContext, useParams } from 'react-router';
import { Failure, isMissing, Waiting } from '../layout/faces';
import { Part } from '../layout/part';
import { useTitle } from '../layout/use-title';
import { useLiveOf } from '../live/use-live';
import { ClusterHead } from './cluster-head';
import classes from './cluster-page.module.css';
import { type Cluster, clusterQueries } from './queries';

const PLACES = [
  { to: '', label: 'Overview' },
  { to: '/backtests', label: 'Backtests' },
  { to: '/trust', label: 'Trust' },
  { to: '/policy', label: 'Policy' },
] as const;

/** The cluster of this page. */
export function useCluster(): Cluster {
  return useOutletContext<Cluster>();
}

/** Layout of all pages of one cluster: head and navigation. */
export function ClusterPage() {
  const { id = '' } = useParams();
  useLiveOf(id);
  const cluster = useQuery(clusterQueries.definition(id));
  useTitle(cluster.data?.name ?? 'Cluster');
  if (cluster.isPending) return <Waiting failure={cluster.failureReason} />;
  // Cached data of a deleted cluster is not shown.
  if (cluster.isError && (cluster.data === undefined || isMissing(cluster.error))) {
    return <Failure whole error={cluster.error} onRetry={() => void cluster.refetch()} />;
  }
  return (
    <>
      <Part name="The head of the cluster">
        <ClusterHead cluster={cluster.data} />
      </Part>
      <nav className={classes['places']} aria-label="Pages of this cluster">
        {PLACES.map(({ to, label }) => (
          <NavLink key={to} to={`/clusters/${id}${to}`} end={to !== '/backtests'} className={classes['place'] ?? ''}>
            {label}
          </NavLink>
        ))}
      </nav>
      <Outlet context={cluster.data} />
    </>
  );
}
