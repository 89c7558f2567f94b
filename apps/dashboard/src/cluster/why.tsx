import { Anchor, Text } from '@mantine/core';
import { useLiveCluster } from '../live/live-store';
import { policyName } from '../layout/words';
import type { ClusterStatus } from './queries';
import classes from './why.module.css';

interface WhyProps {
  readonly clusterId: string;
  readonly status: ClusterStatus | null;
  readonly onExplain: (decisionId: string) => void;
}

const ACTIONS = { SCALE_UP: 'Scaling up', SCALE_DOWN: 'Scaling down', MAINTAIN: 'Keeping' } as const;

/** The newest decision as a sentence. */
export function Why({ clusterId, status, onExplain }: WhyProps) {
  const { decision, metrics } = useLiveCluster(clusterId);
  const newest = decision ?? status?.last_decision ?? null;
  if (newest === null) return null;
  // If the provider could not be reached, the number of servers is unknown.
  const unknown = metrics === null && (status?.servers ?? null) === null;
  const kept = unknown ? ' it as it is' : ` ${newest.desired}`;
  const count = newest.action === 'MAINTAIN' ? kept : ` to ${newest.desired}`;
  return (
    <section className={classes['why']} aria-label="Why">
      <span className={classes['action']} data-action={newest.action}>
        {ACTIONS[newest.action]}
        {count}
      </span>
      <Text size="sm" className={classes['reason'] ?? ''}>
        {newest.reason}
        {decision !== null && decision.policy !== 'none' && (
          <Text span size="sm" c="dimmed">
            {' '}
            ({policyName(decision.policy)})
          </Text>
        )}
      </Text>
      <Anchor component="button" type="button" size="sm" onClick={() => onExplain(newest.id)}>
        Explain
      </Anchor>
    </section>
  );
}
