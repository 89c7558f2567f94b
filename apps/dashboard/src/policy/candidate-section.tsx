import { Button, Group, List, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import type { Cluster } from '../cluster/queries';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Section } from '../layout/section';
import { ago, moment, number, policyName } from '../layout/words';
import { useNow } from '../live/use-now';
import { useMayChange } from '../session/session';

const SHOWN = 5;

/** The policy on trial, what it would do now, and how to end the trial. Renders nothing without one. */
export function CandidateSection({ cluster }: { readonly cluster: Cluster }) {
  const mayChange = useMayChange(cluster);
  const now = useNow();
  const client = useQueryClient();
  const path = { id: cluster.id };
  const { candidate } = cluster;
  const decisions = useQuery({
    queryKey: ['cluster', cluster.id, 'candidate', candidate?.since],
    queryFn: async () =>
      ask(api.GET('/clusters/{id}/decisions', { params: { path, query: { policy_role: 'candidate', limit: SHOWN } } })),
    enabled: candidate !== null,
    refetchInterval: 10_000,
  });
  const done = (message: string) => () => {
    void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
    sayDone(message);
  };
  const adopt = useMutation({
    mutationFn: async () => ask(api.POST('/clusters/{id}/candidate/adopt', { params: { path } })),
    onSuccess: done('The candidate is the policy now.'),
    onError: sayWhatFailed,
  });
  const drop = useMutation({
    mutationFn: async () => ask(api.DELETE('/clusters/{id}/candidate', { params: { path } })),
    onSuccess: done('The candidate is gone.'),
    onError: sayWhatFailed,
  });
  if (candidate === null) return null;
  const { policy, since, by } = candidate;
  const kinds = (['slo', 'target_tracking', 'threshold', 'schedule'] as const).filter(
    (kind) => policy[kind] !== undefined,
  );
  return (
    <Section
      title="Candidate"
      aside={
        mayChange ? (
          <Group gap="xs">
            <Button size="xs" loading={adopt.isPending} onClick={() => adopt.mutate()}>
              Adopt
            </Button>
            <Button size="xs" variant="default" loading={drop.isPending} onClick={() => drop.mutate()}>
              Drop
            </Button>
          </Group>
        ) : undefined
      }
    >
      <Text size="sm">
        A candidate ({kinds.map(policyName).join(' + ')}) decides beside the acting policy since {moment(since, now)},
        put there by {by}. It changes nothing.
      </Text>
      <List size="sm" mt="xs" spacing={2}>
        {(decisions.data?.decisions ?? []).map((decision) => (
          <List.Item key={decision.id}>
            {ago(decision.timestamp, now)}: {number(decision.desired, 0)} servers. {decision.reason}
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
