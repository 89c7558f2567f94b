import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { clusterQueries } from '../cluster/queries';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';
import { AlertsSection } from './alerts-section';

/** What is wrong with a cluster; nothing at all where nothing was since the service started. */
export function ClusterAlerts({ clusterId }: { readonly clusterId: string }) {
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
  return alerts.length === 0 ? null : <AlertsSection alerts={alerts} />;
}
