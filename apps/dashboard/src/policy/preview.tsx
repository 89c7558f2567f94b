import { Alert, Anchor, Button, Group, Progress, Select, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, ask } from '../api/client';
import { backtestQueries, type BacktestRow, isOver, useBacktestProgress, useStartBacktest } from '../backtests/queries';
import { type Cluster } from '../cluster/queries';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Section } from '../layout/section';
import { moneyWords } from '../layout/money';
import { number, percent } from '../layout/words';
import type { Policy } from './draft';

const NOW = 'as it is';
const CHANGED = 'as changed';
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
      sayDone('It decides beside the acting policy from now on, and changes nothing.');
    },
    onError: sayWhatFailed,
  });

  function run(): void {
    const policies = [{ name: NOW, policy: cluster.policy }, ...(changed ? [{ name: CHANGED, policy }] : [])];
    start.mutate({ range, policies, compare: [], promises: [] }, { onSuccess: ({ id }) => setBacktestId(id) });
  }

  const { data } = backtest;
  const rows = data?.result?.rows.filter(({ kind }) => kind === 'policy') ?? [];
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
            Run beside
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
            ? 'Plays the policy as it is and as changed against what this cluster has seen, so that you know before you save.'
            : 'Change something above, then play it against what this cluster has seen before you save.'}
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
      {rows.length > 0 && data !== undefined && (
        <>
          <Compared rows={rows} />
          <Anchor component={Link} to={`/clusters/${cluster.id}/backtests/${data.id}`} size="sm">
            All of it
          </Anchor>
        </>
      )}
    </Section>
  );
}

function Compared({ rows }: { readonly rows: readonly BacktestRow[] }) {
  const priced = rows.some(({ cost }) => cost !== null);
  return (
    <Table mb="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Policy</Table.Th>
          <Table.Th>Badly served</Table.Th>
          <Table.Th>Promise</Table.Th>
          <Table.Th>Server hours</Table.Th>
          {priced && <Table.Th>Cost</Table.Th>}
          <Table.Th>Changes per day</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.name}>
            <Table.Td fw={600}>{row.name}</Table.Td>
            <Table.Td>{percent(row.violations, 2)}</Table.Td>
            <Table.Td>{row.kept ? 'kept' : 'broken'}</Table.Td>
            <Table.Td>{number(row.server_hours)}</Table.Td>
            {priced && <Table.Td>{moneyWords(row.cost)}</Table.Td>}
            <Table.Td>{number(row.actions_per_day)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
