import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type Cluster, clusterQueries } from '../cluster/queries';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';
import { useMayChange } from '../session/session';
import { AlertsSection } from './alerts-section';
import { UndoButton } from './undo-button';

/** Alerts of a cluster; renders nothing if there were none since the service started. */
export function ClusterAlerts({ cluster }: { readonly cluster: Cluster }) {
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
  if (alerts.length === 0) return null;
  return (
    <AlertsSection
      alerts={alerts}
      renderAction={({ data, until }) =>
        mayChange && until === null && data?.['undoable'] === true ? <UndoButton clusterId={clusterId} /> : null
      }
    />
  );
}
