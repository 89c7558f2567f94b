import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type Cluster, clusterQueries } from '../cluster/queries';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';
import { useMayChange } from '../session/session';
import { AlertActions } from './alert-actions';
import { AlertsSection } from './alerts-section';

interface ClusterAlertsProps {
  readonly cluster: Cluster;
  /** `first`: rendered only while an alert is active; `last`: only while there are none but ended ones. */
  readonly place: 'first' | 'last';
}

/** Alerts of a cluster: active ones come before all else of the page, with what can be done about them. */
export function ClusterAlerts({ cluster, place }: ClusterAlertsProps) {
  const { id: clusterId } = cluster;
  const mayChange = useMayChange(cluster);
  const client = useQueryClient();
  const list = useQuery(clusterQueries.alerts(clusterId));
  useLiveEvent(
    'alert',
    useCallback(
      ({ cluster_id }: EventOf<'alert'>) => {
        if (cluster_id !== clusterId) return;
        void client.invalidateQueries({ queryKey: clusterQueries.alerts(clusterId).queryKey });
      },
      [client, clusterId],
    ),
  );
  const alerts = list.data?.alerts ?? [];
  const isActive = alerts.some(({ until }) => until === null);
  if (alerts.length === 0 || isActive !== (place === 'first')) return null;
  return (
    <AlertsSection
      alerts={alerts}
      renderAction={(alert) => (mayChange ? <AlertActions cluster={cluster} alert={alert} /> : null)}
    />
  );
}
