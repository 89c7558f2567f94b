import { Alert, Button, Group, Progress, Select, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '../api/client';
import { backtestQueries, isOver, useBacktestProgress, useStartBacktest } from '../backtests/queries';
import { type Cluster } from '../cluster/queries';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Section } from '../layout/section';
import type { Policy } from './draft';
import { CHANGED, NOW, PreviewResult } from './preview-result';

const RANGES = [
  { value: '1h', label: 'the last hour' },
  { value: '1d', label: 'the last day' },
  { value: '7d', label: 'the last 7 days' },
  { value: '14d', label: 'the last 14 days' },
];

interface PreviewProps {
  readonly cluster: Cluster;
  readonly policy: Policy;
  readonly changed: boolean;
}

/** Compares a changed policy with the current one on the cluster's history, and offers a trial without risk. */
export function Preview({ cluster, policy, changed }: PreviewProps) {
  const [range, setRange] = useState('1d');
  const [backtestId, setBacktestId] = useState<string | null>(null);
  useBacktestProgress(cluster.id);
  const client = useQueryClient();
  const start = useStartBacktest(cluster.id);
  const backtest = useQuery({ ...backtestQueries.one(cluster.id, backtestId ?? ''), enabled: backtestId !== null });
  const trying = useMutation({
    mutationFn: async () =>
      ask(api.PUT('/clusters/{id}/candidate', { params: { path: { id: cluster.id } }, body: { policy } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      sayDone('The trial decides and is recorded, but changes no servers.');
    },
    onError: sayWhatFailed,
  });

  function run(): void {
    const policies = [{ name: NOW, policy: cluster.policy }, ...(changed ? [{ name: CHANGED, policy }] : [])];
    start.mutate({ range, policies, compare: [], promises: [] }, { onSuccess: ({ id }) => setBacktestId(id) });
  }

  const { data } = backtest;
  return (
    <Section
      title="What it would have done"
      aside={
        <Group gap="xs">
          <Select
            aria-label="History"
            size="xs"
            data={RANGES}
            value={range}
            onChange={(value) => setRange(value ?? '1d')}
            allowDeselect={false}
            w={150}
          />
          <Button
            size="xs"
            variant="light"
            onClick={run}
            loading={start.isPending || (data !== undefined && !isOver(data))}
          >
            Try on its history
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!changed}
            loading={trying.isPending}
            onClick={() => trying.mutate()}
          >
            Try without acting
          </Button>
        </Group>
      }
    >
      {start.isError && (
        <Alert color="red" variant="light" role="alert">
          {start.error.message}
        </Alert>
      )}
      {data === undefined && !start.isError && (
        <Text size="sm" c="dimmed">
          {changed
            ? 'Plays the present and the changed policy on the recorded demand of this cluster, before you save.'
            : 'Change something above, then play it on the recorded demand of this cluster before you save.'}
        </Text>
      )}
      {data !== undefined && !isOver(data) && (
        <Progress value={100 * data.progress} animated aria-label="Progress of the backtest" />
      )}
      {data?.status === 'failed' && (
        <Alert color="red" variant="light" role="alert">
          {data.error ?? 'It failed.'}
        </Alert>
      )}
      {data?.result !== undefined && <PreviewResult cluster={cluster} backtest={data} result={data.result} />}
    </Section>
  );
}
