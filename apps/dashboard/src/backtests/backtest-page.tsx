import { Alert, Anchor, Badge, Button, Group, Progress, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useCluster } from '../cluster/cluster-page';
import { Simulated } from '../cluster/simulated';
import { sayDone, sayWhatFailed, useChange } from '../cluster/use-change';
import { Failure, Waiting } from '../layout/faces';
import { moneyWords, priceWords } from '../layout/money';
import { Section } from '../layout/section';
import { counted, duration, durationMs, moment, number, percent } from '../layout/words';
import { useNow } from '../live/use-now';
import { useMayChange } from '../session/session';
import { BacktestTable } from './backtest-table';
import { BacktestTimeline } from './backtest-timeline';
import classes from './backtest-page.module.css';
import { demandOf, STATUS_COLORS, STATUS_WORDS } from './backtests-page';
import { Frontier } from './frontier';
import { adoptable, costWords, displayName, verdictWords } from './rows';
import {
  type BacktestDetail,
  backtestQueries,
  type BacktestRow,
  isOver,
  useBacktestProgress,
  useRemoveBacktest,
} from './queries';

/** One backtest: progress, results, and adopting a policy. */
export function BacktestPage() {
  const cluster = useCluster();
  const { backtestId = '' } = useParams();
  const mayChange = useMayChange(cluster);
  const now = useNow();
  const navigate = useNavigate();
  useBacktestProgress(cluster.id);
  const backtest = useQuery(backtestQueries.one(cluster.id, backtestId));
  const remove = useRemoveBacktest(cluster.id);
  if (backtest.isPending) return <Waiting failure={backtest.failureReason} />;
  if (backtest.data === undefined) return <Failure error={backtest.error} />;
  const { data } = backtest;
  const over = isOver(data);
  return (
    <div className={classes['page']}>
      <div className={classes['head']}>
        <div>
          <Anchor component={Link} to={`/clusters/${cluster.id}/backtests`} size="sm">
            All backtests
          </Anchor>
          <Title order={2} size="h4">
            {data.request.policies.map(({ name }) => name).join(', ')}
          </Title>
          <Text size="sm" c="dimmed">
            Against {demandOf(data, now)}; a server takes {duration(durationMs(data.request.provisioning))},{' '}
            {data.request.min_servers} to {data.request.max_servers} servers. Asked for {moment(data.created_at, now)}
            {data.created_by === null ? '' : ` by ${data.created_by}`}.
          </Text>
          {data.request.from !== null && <Simulated cluster={cluster} from={Date.parse(data.request.from)} />}
        </div>
        <Group gap="sm">
          <Badge variant="light" color={STATUS_COLORS[data.status]} tt="none" size="lg" radius="sm">
            {STATUS_WORDS[data.status]}
          </Badge>
          {mayChange && (
            <Button
              variant="default"
              size="xs"
              loading={remove.isPending}
              onClick={() =>
                remove.mutate(data.id, {
                  onSuccess: () => {
                    if (over) void navigate(`/clusters/${cluster.id}/backtests`);
                  },
                  onError: sayWhatFailed,
                })
              }
            >
              {over ? 'Remove' : 'Cancel'}
            </Button>
          )}
        </Group>
      </div>
      {!over && (
        <Section title={data.status === 'queued' ? 'Waiting for its turn' : `Playing, ${percent(data.progress, 0)}`}>
          <Progress value={100 * data.progress} animated aria-label="Progress of the backtest" />
        </Section>
      )}
      {data.error !== null && (
        <Alert color="red" variant="light" role="alert">
          {data.error}
        </Alert>
      )}
      {data.result !== undefined && <Result backtest={data} result={data.result} />}
    </div>
  );
}

interface ResultProps {
  readonly backtest: BacktestDetail;
  readonly result: NonNullable<BacktestDetail['result']>;
}

function Result({ backtest, result }: ResultProps) {
  const cluster = useCluster();
  const mayChange = useMayChange(cluster);
  const { change, pending } = useChange(cluster);
  const [name, setName] = useState<string | null>(null);
  const row: BacktestRow | undefined =
    result.rows.find((each) => each.name === name) ??
    result.rows.find(({ kind }) => kind === 'policy') ??
    result.rows[0];
  const { promise } = result;
  const policy = row === undefined ? null : adoptable(backtest, row);
  return (
    <>
      {result.remarks.map((remark) => (
        <Alert key={remark} color="yellow" variant="light">
          {remark}
        </Alert>
      ))}
      <div className={classes['columns']}>
        <Section
          title="Cost against violations"
          aside={
            <Text size="sm" c="dimmed">
              {counted(result.ticks, 'tick')} of {duration(1000 * result.tick_seconds)}
            </Text>
          }
        >
          <Frontier rows={result.rows} promise={promise} chosen={row?.name ?? null} onChoose={setName} />
          {result.rows.some(({ promised }) => promised !== undefined) && (
            <Text size="sm" c="dimmed">
              The dashed line is the promise of the backtest. A point with a promise of its own is judged by the bar
              above or below it; choose the point to see which.
            </Text>
          )}
        </Section>
        {row !== undefined && (
          <Section
            title={displayName(row)}
            aside={
              policy !== null && mayChange ? (
                <Button
                  size="xs"
                  loading={pending}
                  onClick={() =>
                    change({ policy }, { onSuccess: () => sayDone(`${cluster.name} does it so from now on.`) })
                  }
                >
                  Adopt
                </Button>
              ) : undefined
            }
          >
            <dl className={classes['facts']}>
              <Fact label="Slow or failed" value={percent(row.violations, 3)} note={verdictWords(row, promise)} />
              <Fact label="Server hours" value={number(row.server_hours, 0)} note={costWords(row.cost_to_oracle)} />
              {row.cost !== null && (
                <Fact
                  label="Cost"
                  value={moneyWords(row.cost)}
                  note={`at ${priceWords(backtest.request.cost)} per server hour`}
                />
              )}
              <Fact label="Changes per day" value={number(row.actions_per_day)} note="" />
              <Fact label="Dropped" value={percent(row.dropped, 3)} note="found no capacity at all" />
            </dl>
            {row.timeline === undefined ? (
              <Text size="sm" c="dimmed">
                Only policies keep their timeline.
              </Text>
            ) : (
              <BacktestTimeline points={row.timeline} />
            )}
          </Section>
        )}
      </div>
      <Section title="All of them">
        <BacktestTable rows={result.rows} promise={promise} chosen={row?.name ?? null} onChoose={setName} />
      </Section>
    </>
  );
}

function Fact({ label, value, note }: { readonly label: string; readonly value: string; readonly note: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note !== '' && <dd className={classes['note']}>{note}</dd>}
    </div>
  );
}
