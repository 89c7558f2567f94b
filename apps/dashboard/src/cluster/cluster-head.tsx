import { Alert, Anchor, Badge, Button, Text, Title } from '@mantine/core';
import { ChevronRightIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useMatch } from 'react-router';
import { alertWords } from '../alerts/words';
import { activityOf, CONDITION_WORDS, type Condition, conditionOf, declared, stateOf } from '../clusters/overview';
import { lasted, moment, policyName } from '../layout/words';
import { useLiveCluster } from '../live/live-store';
import { useNow } from '../live/use-now';
import { useMayChange } from '../session/session';
import { BoundsDialog } from './bounds-dialog';
import { ClusterActions } from './cluster-actions';
import classes from './cluster-head.module.css';
import { type Cluster, clusterQueries } from './queries';
import { takenOverWords } from './taken-over';
import { useChange } from './use-change';

const COLORS: Readonly<Record<Condition, string>> = {
  critical: 'red',
  attention: 'yellow',
  scaling: 'cyan',
  held: 'yellow',
  paused: 'gray',
  steady: 'green',
  new: 'gray',
};

/** Name, state and actions, and the reasons that keep the policy from acting. */
export function ClusterHead({ cluster }: { readonly cluster: Cluster }) {
  const mayChange = useMayChange(cluster);
  const now = useNow();
  const status = useQuery(clusterQueries.status(cluster.id));
  const heard = useLiveCluster(cluster.id);
  const { metrics, metricsAt } = heard;
  const { dataUpdatedAt } = useQuery(clusterQueries.definition(cluster.id));
  const { status: declaredStatus, hold } = declared(cluster, dataUpdatedAt, heard);
  const loaded = status.data ?? null;
  const activity = activityOf(
    {
      status: declaredStatus,
      tickedAt: metricsAt ?? (loaded === null || loaded.ticked_at === null ? null : Date.parse(loaded.ticked_at)),
      provisioning: metrics?.provisioning ?? loaded?.servers?.provisioning ?? 0,
      draining: metrics?.draining ?? loaded?.servers?.draining ?? 0,
      hold,
    },
    now,
  );
  const state = loaded === null ? null : stateOf(loaded.state, status.dataUpdatedAt, heard);
  const condition = state === null ? 'new' : conditionOf(state, activity);
  const { change, pending } = useChange(cluster);
  const alerts = useQuery(clusterQueries.alerts(cluster.id));
  const onOverview = useMatch('/clusters/:id') !== null;
  // There, the list of alerts follows directly.
  const isListed =
    onOverview && (alerts.data?.alerts.some(({ code, until }) => until === null && code === state?.code) ?? false);
  const kinds = (['slo', 'target_tracking', 'threshold', 'schedule'] as const).filter(
    (kind) => cluster.policy[kind] !== undefined,
  );
  const takenOver = takenOverWords(cluster, now);
  const held = hold !== null && Date.parse(hold.until) > now ? hold : null;

  return (
    <header className={classes['head']}>
      <nav aria-label="Where this is" className={classes['path']}>
        <Anchor component={Link} to="/" size="sm">
          Clusters
        </Anchor>
        <ChevronRightIcon aria-hidden="true" />
        <Text span size="sm" c="dimmed" className={classes['here'] ?? ''}>
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
          <Bounds cluster={cluster} mayChange={mayChange} /> · {kinds.map(policyName).join(' + ')}
          {cluster.policy.mode === 'recommend' && ' · only recommends'}
          {cluster.simulated_until !== null && ' · simulated past'}
        </Text>
        {mayChange && <ClusterActions cluster={cluster} held={held !== null} />}
      </div>
      {state !== null && state.level !== 'ok' && !isListed && (
        <Alert
          color={COLORS[state.level]}
          variant="light"
          className={classes['notice'] ?? ''}
          title={alertWords(state.code ?? '')}
        >
          {state.message}
          {state.since !== null && ` Since ${moment(state.since, now)}.`}
        </Alert>
      )}
      {takenOver !== null && (
        <Alert color="blue" variant="light" className={classes['notice'] ?? ''}>
          {takenOver}
        </Alert>
      )}
      {activity === 'paused' && (
        <Alert color="gray" variant="light" className={classes['notice'] ?? ''}>
          <div className={classes['line']}>
            <span>Paused: watched, not scaled.</span>
            {mayChange && (
              <Button size="compact-sm" loading={pending} onClick={() => change({ status: 'active' })}>
                Resume
              </Button>
            )}
          </div>
        </Alert>
      )}
      {held !== null && (
        <Alert color="yellow" variant="light" className={classes['notice'] ?? ''}>
          {cluster.policy.mode === 'recommend' ? 'Only recommended: held' : 'Held'} at {held.desired_servers} servers by{' '}
          {held.by}, for another {lasted(Date.parse(held.until) - now)}. No policy changes it until{' '}
          {moment(held.until, now)}.
        </Alert>
      )}
    </header>
  );
}

/** The bounds; a button that changes them for those who may. */
function Bounds({ cluster, mayChange }: { readonly cluster: Cluster; readonly mayChange: boolean }) {
  const [opened, setOpened] = useState(false);
  const words = `${cluster.min_servers} to ${cluster.max_servers} servers`;
  if (!mayChange) return words;
  return (
    <>
      <Anchor component="button" type="button" size="sm" title="Change the bounds" onClick={() => setOpened(true)}>
        {words}
      </Anchor>
      <BoundsDialog cluster={cluster} opened={opened} max={cluster.max_servers} onClose={() => setOpened(false)} />
    </>
  );
}
