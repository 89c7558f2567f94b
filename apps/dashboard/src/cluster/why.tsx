import { Anchor, Text } from '@mantine/core';
import { useLiveCluster } from '../live/live-store';
import { behindOf, headlineOf } from '../layout/reason';
import { policyName } from '../layout/words';
import type { ClusterStatus, Decision } from './queries';
import classes from './why.module.css';

interface WhyProps {
  readonly clusterId: string;
  /** Of the cluster's policy, for a decision that does not state its own. */
  readonly mode: Decision['mode'];
  readonly status: ClusterStatus | null;
  readonly onExplain: (decisionId: string) => void;
}

const ACTIONS = { SCALE_UP: 'Scaling up', SCALE_DOWN: 'Scaling down', MAINTAIN: 'No change' } as const;
const ADVICE = { SCALE_UP: 'Would scale up', SCALE_DOWN: 'Would scale down', MAINTAIN: 'No change' } as const;

/** The newest decision as one sentence, with its reasons below. */
export function Why({ clusterId, mode, status, onExplain }: WhyProps) {
  const { decision } = useLiveCluster(clusterId);
  const newest = decision ?? status?.last_decision ?? null;
  if (newest === null) return null;
  const { action, reason } = newest;
  const behind = behindOf(reason);
  return (
    <section className={classes['why']} aria-label="Why">
      <span className={classes['action']} data-action={action}>
        {(decision?.mode ?? mode) === 'recommend' ? ADVICE[action] : ACTIONS[action]}
      </span>
      <div className={classes['reason']}>
        <Text className={classes['headline'] ?? ''}>{headlineOf(reason)}</Text>
        <Text size="sm" c="dimmed">
          {behind}
          {decision !== null && decision.policy !== 'none' && ` (${policyName(decision.policy)})`}
        </Text>
      </div>
      <Anchor component="button" type="button" size="sm" onClick={() => onExplain(newest.id)}>
        Explain
      </Anchor>
    </section>
  );
}
