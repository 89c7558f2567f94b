import { Badge, Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { AlertsSection } from '../alerts/alerts-section';
import { alertWords } from '../alerts/words';
import { api, ask, type Schema } from '../api/client';
import { Failure, Waiting } from '../layout/faces';
import { Part } from '../layout/part';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { ago, counted, number, span } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import { useNow } from '../live/use-now';
import { HeldRemovals } from './held-removals';
import classes from './service-page.module.css';

type Circuit = Schema['EndpointDto']['circuit'];
type ClusterOperation = Schema['ClusterOperationDto'];

const REFRESH_MS = 3000;
const CIRCUITS: Readonly<Record<Circuit, { readonly words: string; readonly color: string }>> = {
  closed: { words: 'works', color: 'green' },
  half_open: { words: 'being tried', color: 'yellow' },
  open: { words: 'left alone', color: 'red' },
};
/** The loop, its network endpoints, and every cluster with a problem. */
export function ServicePage() {
  useTitle('Operations');
  const now = useNow();
  const [all, setAll] = useState(false);
  const operations = useQuery({
    queryKey: ['operations'],
    queryFn: async () => ask(api.GET('/operations')),
    refetchInterval: REFRESH_MS,
  });
  if (operations.isPending) return <Waiting failure={operations.failureReason} />;
  if (operations.data === undefined) {
    return <Failure error={operations.error} onRetry={() => void operations.refetch()} />;
  }
  const { loop, endpoints, alerts, clusters, held_removals: held } = operations.data;
  return (
    <div className={classes['page']}>
      <Part name="Held removals">
        <HeldRemovals held={held} />
      </Part>
      <Section title="The loop">
        {() => (
          <dl className={classes['facts']}>
            <Fact
              label="State"
              value={loop.running ? 'Running' : 'Stopped'}
              bad={!loop.running}
              note={
                loop.last_completed_at === null
                  ? 'not once through yet'
                  : `last through ${ago(loop.last_completed_at, now)}`
              }
            />
            <Fact label="Clusters" value={number(loop.clusters, 0)} note={`${loop.in_flight} being ticked now`} />
            <Fact label="Late by" value={span(loop.lag_ms)} note="the latest ticks, at most" bad={loop.lag_ms > 5000} />
            <Fact label="Left out" value={number(loop.skipped, 0)} note="ticks since the start" />
            <Fact
              label="Failed"
              value={number(loop.failed_ticks, 0)}
              note="ticks since the start"
              bad={loop.failed_ticks > 0}
            />
            <Fact
              label="Database"
              value={loop.writable ? 'Writable' : 'Away'}
              bad={!loop.writable}
              note={
                loop.dropped_ticks > 0
                  ? `${number(loop.dropped_ticks, 0)} ticks were given up`
                  : `${counted(loop.waiting_ticks, 'tick')} waiting`
              }
            />
          </dl>
        )}
      </Section>
      <Part name="Alerts">
        <AlertsSection alerts={alerts} named />
      </Part>
      <Section title="What is asked over the network">
        {() =>
          endpoints.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing yet: no cluster is ticked.
            </Text>
          ) : (
            <WideTable minWidth={480}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Where</Table.Th>
                    <Table.Th>What for</Table.Th>
                    <Table.Th>Clusters</Table.Th>
                    <Table.Th>Circuit breaker</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {endpoints.map(({ endpoint, kind, circuit, clusters: count }) => (
                    <Table.Tr key={`${endpoint} ${kind}`}>
                      <Table.Td>{endpoint}</Table.Td>
                      <Table.Td>{kind === 'metric_source' ? 'metrics' : 'scaling'}</Table.Td>
                      <Table.Td>{number(count, 0)}</Table.Td>
                      <Table.Td>
                        <CircuitBadge circuit={circuit} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </WideTable>
          )
        }
      </Section>
      <Section
        title={all ? 'All clusters' : 'Clusters in trouble'}
        aside={
          <Switch label="Show all" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} size="sm" />
        }
      >
        {() => <ClusterList clusters={all ? clusters : clusters.filter(isTroubled)} of={clusters.length} />}
      </Section>
    </div>
  );
}

interface ClusterListProps {
  readonly clusters: readonly ClusterOperation[];
  /** Number of all clusters. */
  readonly of: number;
}

function ClusterList({ clusters, of }: ClusterListProps) {
  const now = useNow();
  return clusters.length === 0 ? (
    <Text size="sm" c="dimmed">
      {of === 0 ? 'No cluster is ticked.' : `None of ${counted(of, 'cluster')}: all are collected and scaled.`}
    </Text>
  ) : (
    <WideTable minWidth={720}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Cluster</Table.Th>
            <Table.Th>Last tick</Table.Th>
            <Table.Th>Collections that failed in a row</Table.Th>
            <Table.Th>Looks at the provider that failed</Table.Th>
            <Table.Th>Circuit</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clusters.map((cluster) => (
            <Table.Tr key={cluster.cluster_id}>
              <Table.Td>
                <Link to={`/clusters/${cluster.cluster_id}`} className={classes['name'] ?? ''}>
                  {cluster.name}
                </Link>
                {cluster.conditions.length > 0 && (
                  <Text size="xs" c="red">
                    {cluster.conditions.map(alertWords).join(', ')}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{cluster.last_tick_at === null ? 'never' : ago(cluster.last_tick_at, now)}</Table.Td>
              <Table.Td>
                <Failures count={cluster.collection_failures} why={cluster.collection_error} />
              </Table.Td>
              <Table.Td>
                <Failures count={cluster.provider_failures} why={cluster.provider_error} />
              </Table.Td>
              <Table.Td>
                <CircuitBadge circuit={cluster.circuit} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

function isTroubled(cluster: ClusterOperation): boolean {
  return (
    cluster.status === 'error' ||
    cluster.collection_failures > 0 ||
    cluster.provider_failures > 0 ||
    cluster.circuit !== 'closed' ||
    cluster.conditions.length > 0
  );
}

function Failures({ count, why }: { readonly count: number; readonly why: string | null }) {
  if (count === 0) return <>none</>;
  return (
    <>
      {number(count, 0)}
      {why !== null && (
        <Text size="xs" c="dimmed">
          {why}
        </Text>
      )}
    </>
  );
}

function CircuitBadge({ circuit }: { readonly circuit: Circuit }) {
  const { words, color } = CIRCUITS[circuit];
  return (
    <Badge variant="light" color={color} tt="none">
      {words}
    </Badge>
  );
}

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly bad?: boolean;
}

function Fact({ label, value, note, bad = false }: FactProps) {
  return (
    <div data-bad={bad || undefined}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      <dd className={classes['note']}>{note}</dd>
    </div>
  );
}
