import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { ClusterAlerts } from '../alerts/cluster-alerts';
import { Part } from '../layout/part';
import { useTimeZone } from '../layout/time-zone';
import { useCluster } from './cluster-page';
import { EventList } from './event-list';
import { Explanation } from './explanation';
import classes from './overview-page.module.css';
import { clusterQueries } from './queries';
import { rulesOf } from './rules';
import { Servers } from './servers';
import { Tiles } from './tiles';
import { Timeline } from './timeline';
import { useMarked } from './marks';
import { useEvents } from './use-events';
import { useRecommendations } from './use-recommendations';
import { parametersOf, type View, viewOf } from './view';
import { Why } from './why';

/** What a cluster does, and why. */
export function OverviewPage() {
  const cluster = useCluster();
  // Below, the times of events are words.
  useTimeZone();
  const [parameters, setParameters] = useSearchParams();
  // The view changes only with these parameters of the URL, not with others.
  const [range, from, to] = [parameters.get('range'), parameters.get('from'), parameters.get('to')];
  const view = useMemo(() => viewOf({ range, from, to }), [range, from, to]);
  const { events, more } = useEvents(cluster.id, view);
  const said = useRecommendations(cluster, view);
  const marked = useMarked(events, said, cluster.policy.mode !== 'recommend');
  const status = useQuery(clusterQueries.status(cluster.id));
  const serviceLevel = useQuery(clusterQueries.serviceLevel(cluster.id));
  const limits = useMemo(
    () => ({ min: cluster.min_servers, max: cluster.max_servers, rules: rulesOf(cluster) }),
    [cluster],
  );

  const set = useCallback(
    (changes: Record<string, string | null>, replace = true) => {
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [key, value] of Object.entries(changes)) {
            if (value === null) next.delete(key);
            else next.set(key, value);
          }
          return next;
        },
        // Synchronous, so that the next step starts from what is visible.
        { replace, preventScrollReset: true, flushSync: true },
      );
    },
    [setParameters],
  );
  const onView = useCallback((next: View) => set(parametersOf(next)), [set]);
  const onExplain = useCallback((decision: string) => set({ decision }, false), [set]);

  return (
    <div className={classes['page']}>
      <Part name="Active alerts">
        <ClusterAlerts cluster={cluster} place="first" />
      </Part>
      <Part name="Key figures">
        <Tiles cluster={cluster} status={status.data ?? null} serviceLevel={serviceLevel.data ?? null} />
      </Part>
      <Part name="The newest decision">
        <Why
          clusterId={cluster.id}
          mode={cluster.policy.mode ?? 'act'}
          status={status.data ?? null}
          onExplain={onExplain}
        />
      </Part>
      <Part name="Alerts">
        <ClusterAlerts cluster={cluster} place="last" />
      </Part>
      <Part name="Timeline">
        <Timeline
          cluster={cluster}
          view={view}
          onView={onView}
          limits={limits}
          marked={marked}
          events={events}
          onExplain={onExplain}
        />
      </Part>
      <div className={classes['below']}>
        <Part name="Scaling events">
          <EventList events={events} more={more} onExplain={onExplain} />
        </Part>
        <Part name="Servers">
          <Servers clusterId={cluster.id} />
        </Part>
      </div>
      <Part name="The explanation">
        <Explanation
          cluster={cluster}
          decisionId={parameters.get('decision')}
          event={events.find(({ id }) => id === parameters.get('decision')) ?? null}
          onClose={() => set({ decision: null })}
        />
      </Part>
    </div>
  );
}
