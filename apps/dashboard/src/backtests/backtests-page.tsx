import { Badge, Progress, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useCluster } from '../cluster/cluster-page';
import type { Cluster } from '../cluster/queries';
import { isSimulated, SimulatedBadge } from '../cluster/simulated';
import { Failure, Waiting } from '../layout/faces';
import { Part } from '../layout/part';
import { Section } from '../layout/section';
import { counted, moment, period } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import { useNow } from '../live/use-now';
import { useMayChange } from '../session/session';
import classes from './backtests-page.module.css';
import { NewBacktest } from './new-backtest';
import { type Backtest, backtestQueries, useBacktestProgress } from './queries';

export const STATUS_WORDS: Readonly<Record<Backtest['status'], string>> = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
export const STATUS_COLORS: Readonly<Record<Backtest['status'], string>> = {
  queued: 'gray',
  running: 'cyan',
  done: 'green',
  failed: 'red',
  cancelled: 'gray',
};

/** The backtests of a cluster, and a form for a new one. */
export function BacktestsPage() {
  const cluster = useCluster();
  const mayChange = useMayChange(cluster);
  useBacktestProgress(cluster.id);
  return (
    <div className={classes['page']}>
      {mayChange && <NewBacktest cluster={cluster} />}
      <Part name="The list of backtests">
        <BacktestList cluster={cluster} />
      </Part>
    </div>
  );
}

function BacktestList({ cluster }: { readonly cluster: Cluster }) {
  const now = useNow();
  const list = useQuery(backtestQueries.list(cluster.id));
  return (
    <Section
      title="Backtests of this cluster"
      aside={
        list.data === undefined ? undefined : (
          <Text size="sm" c="dimmed">
            {counted(list.data.count, 'backtest')}
          </Text>
        )
      }
    >
      {() =>
        list.isPending ? (
          <Waiting failure={list.failureReason} />
        ) : list.data === undefined ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : list.data.count === 0 ? (
          <Text size="sm" c="dimmed">
            None yet. A backtest plays policies against demand that was, and shows what each would have cost and what it
            would have broken.
          </Text>
        ) : (
          <WideTable minWidth={560}>
            <Table highlightOnHover verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Asked for</Table.Th>
                  <Table.Th>Demand</Table.Th>
                  <Table.Th>Policies</Table.Th>
                  <Table.Th>State</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {list.data.backtests.map((backtest) => (
                  <Table.Tr key={backtest.id} className={classes['row'] ?? ''}>
                    <Table.Td>
                      <Link to={`/clusters/${cluster.id}/backtests/${backtest.id}`} className={classes['link'] ?? ''}>
                        {moment(backtest.created_at, now)}
                      </Link>
                      <Text size="xs" c="dimmed">
                        {backtest.created_by === null ? '' : `by ${backtest.created_by}`}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      {demandOf(backtest, now)} {isOfPast(backtest, cluster) && <SimulatedBadge />}
                    </Table.Td>
                    <Table.Td>{backtest.request.policies.map(({ name }) => name).join(', ')}</Table.Td>
                    <Table.Td>
                      {backtest.status === 'running' ? (
                        <Progress value={100 * backtest.progress} aria-label="Progress" w={120} />
                      ) : (
                        <Badge variant="light" color={STATUS_COLORS[backtest.status]} tt="none">
                          {STATUS_WORDS[backtest.status]}
                        </Badge>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        )
      }
    </Section>
  );
}

/** Whether it plays history that was simulated. */
export function isOfPast({ request: { from } }: Pick<Backtest, 'request'>, cluster: Cluster): boolean {
  return from !== null && isSimulated(cluster, Date.parse(from));
}

/** Description of the played demand. */
export function demandOf({ request }: Pick<Backtest, 'request'>, now: number): string {
  if (request.source === 'trace') return 'an uploaded trace';
  if (request.from === null || request.to === null) return 'its history';
  return `its history, ${period(request.from, request.to, now)}`;
}
