import { useQuery } from '@tanstack/react-query';
import { NavLink, Outlet, useOutletContext, useParams } from 'react-router';
import { Failure, isMissing, Waiting } from '../layout/faces';
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

/** The cluster whose page this is. */
export function useCluster(): Cluster {
  return useOutletContext<Cluster>();
}

/** What all pages of one cluster have in common: its head, and the ways from one to the other. */
export function ClusterPage() {
  const { id = '' } = useParams();
  useLiveOf(id);
  const cluster = useQuery(clusterQueries.definition(id));
  useTitle(cluster.data?.name ?? 'Cluster');
  if (cluster.isPending) return <Waiting failure={cluster.failureReason} />;
  // What is known of one that was deleted meanwhile is not shown as if it were still so.
  if (cluster.isError && (cluster.data === undefined || isMissing(cluster.error))) {
    return <Failure whole error={cluster.error} onRetry={() => void cluster.refetch()} />;
  }
  return (
    <>
      <ClusterHead cluster={cluster.data} />
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
