import { Alert, Anchor, Badge, Button, Text, Title } from '@mantine/core';
import { ChevronRightIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { CONDITION_WORDS, type Condition, conditionOf, declared } from '../clusters/overview';
import { moment, policyName, span } from '../layout/words';
import { useLiveCluster } from '../live/live-store';
import { useNow } from '../live/use-now';
import { useMayChange } from '../session/session';
import { ClusterActions } from './cluster-actions';
import classes from './cluster-head.module.css';
import { type Cluster, clusterQueries } from './queries';
import { useChange } from './use-change';

const COLORS: Readonly<Record<Condition, string>> = {
  error: 'red',
  silent: 'red',
  at_limit: 'red',
  scaling: 'cyan',
  held: 'yellow',
  paused: 'gray',
  steady: 'green',
  new: 'gray',
};

/** Name, state and what can be done; and in words whatever keeps the policy from acting. */
export function ClusterHead({ cluster }: { readonly cluster: Cluster }) {
  const mayChange = useMayChange(cluster);
  const now = useNow();
  const status = useQuery(clusterQueries.status(cluster.id));
  const heard = useLiveCluster(cluster.id);
  const { metrics, metricsAt } = heard;
  const { dataUpdatedAt } = useQuery(clusterQueries.definition(cluster.id));
  const { status: declaredStatus, max_servers: max, hold } = declared(cluster, dataUpdatedAt, heard);
  const loadedAt = status.data?.ticked_at ?? null;
  const tickedAt = metricsAt ?? (loadedAt === null ? null : Date.parse(loadedAt));
  const condition = conditionOf(
    {
      status: declaredStatus,
      tickedAt,
      active: metrics?.active ?? status.data?.servers?.active ?? null,
      provisioning: metrics?.provisioning ?? status.data?.servers?.provisioning ?? 0,
      draining: metrics?.draining ?? status.data?.servers?.draining ?? 0,
      max,
      cpu: metrics === null ? (status.data?.cpu ?? null) : (metrics.cpu?.mean ?? null),
      hold,
    },
    now,
  );
  const { change, pending } = useChange(cluster);
  const kinds = (['slo', 'target_tracking', 'threshold', 'schedule'] as const).filter(
    (kind) => cluster.policy[kind] !== undefined,
  );
  const held = hold !== null && Date.parse(hold.until) > now ? hold : null;

  return (
    <header className={classes['head']}>
      <nav aria-label="Where this is" className={classes['path']}>
        <Anchor component={Link} to="/" size="sm">
          Clusters
        </Anchor>
        <ChevronRightIcon aria-hidden="true" />
        <Text span size="sm" c="dimmed">
          {cluster.name}
        </Text>
      </nav>
      <div className={classes['row']}>
        <Title order={1} size="h2" className={classes['name'] ?? ''}>
          {cluster.name}
        </Title>
        <Badge color={COLORS[condition]} variant="light" size="lg" radius="sm" className={classes['badge'] ?? ''}>
          {CONDITION_WORDS[condition]}
        </Badge>
        <Text size="sm" c="dimmed" className={classes['rule'] ?? ''}>
          {cluster.min_servers} to {cluster.max_servers} servers · {kinds.map(policyName).join(' + ')}
          {cluster.policy.mode === 'recommend' && ' · only recommends'}
        </Text>
        {mayChange && <ClusterActions cluster={cluster} held={held !== null} />}
      </div>
      {condition === 'paused' && (
        <Alert color="gray" variant="light" className={classes['notice'] ?? ''}>
          <div className={classes['line']}>
            <span>Paused: nothing is collected and nothing is scaled.</span>
            {mayChange && (
              <Button size="compact-sm" loading={pending} onClick={() => change({ status: 'active' })}>
                Resume
              </Button>
            )}
          </div>
        </Alert>
      )}
      {condition === 'error' && (
        <Alert color="red" variant="light" className={classes['notice'] ?? ''}>
          The service cannot work on this cluster{cluster.status_reason === null ? '.' : `: ${cluster.status_reason}`}
        </Alert>
      )}
      {condition === 'silent' && (
        <Alert color="red" variant="light" className={classes['notice'] ?? ''}>
          No metrics {tickedAt === null ? 'were ever seen' : `since ${moment(tickedAt, now)}`}. Nothing is removed on
          the word of metrics that are missing.
        </Alert>
      )}
      {held !== null && (
        <Alert color="yellow" variant="light" className={classes['notice'] ?? ''}>
          Held at {held.desired_servers} servers by {held.by}, for another {span(Date.parse(held.until) - now)}. No
          policy changes it until {moment(held.until, now)}.
        </Alert>
      )}
    </header>
  );
}
