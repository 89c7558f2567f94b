import { Alert, Anchor, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type uPlot from 'uplot';
import { api, ask } from '../api/client';
import type { BacktestDetail, BacktestRow } from '../backtests/queries';
import type { Colors } from '../chart/colors';
import { axes, fromZero, line, stepped } from '../chart/parts';
import { SimpleChart } from '../chart/simple-chart';
import type { Cluster } from '../cluster/queries';
import { Simulated } from '../cluster/simulated';
import { moneyWords } from '../layout/money';
import { duration, inPercent, number, percent } from '../layout/words';
import { countedMs, ENOUGH_MS, playedMs, type Recorded, recordedAt, type Totals, totalsOf } from './compared';

export const NOW = 'present policy';
export const CHANGED = 'changed policy';

interface PreviewResultProps {
  readonly cluster: Cluster;
  readonly backtest: BacktestDetail;
  readonly result: NonNullable<BacktestDetail['result']>;
}

/** What policies would have done beside what was done, and how they differ. */
export function PreviewResult({ cluster, backtest, result }: PreviewResultProps) {
  const recorded = useRecorded(backtest);
  const [played, ms] = [playedMs(result), countedMs(result)];
  const row = (name: string): BacktestRow | undefined => result.rows.find((each) => each.name === name);
  const [now, changed] = [row(NOW), row(CHANGED)];
  if (now === undefined) return null;
  return (
    <>
      <Text size="sm" mb="xs">
        {duration(played)} of history were played. The first {duration(played - ms)} prepare the forecasts and are not
        counted below.
      </Text>
      {backtest.request.from !== null && <Simulated cluster={cluster} from={Date.parse(backtest.request.from)} />}
      {played < ENOUGH_MS && (
        <Alert color="yellow" variant="light" role="status" mb="sm">
          This is less than a day. A whole day may need other counts, so do not decide by it alone.
        </Alert>
      )}
      <Chart now={now} changed={changed ?? null} recorded={recorded} />
      <Compared now={now} changed={changed ?? null} ms={ms} promised={result.promise.violations} />
      <Anchor component={Link} to={`/clusters/${backtest.cluster_id}/backtests/${backtest.id}`} size="sm">
        All results of this backtest
      </Anchor>
    </>
  );
}

/** The servers that the cluster had; `null` for a trace, or until it is loaded. */
function useRecorded({ cluster_id: id, request }: BacktestDetail): Recorded | null {
  const { from, to } = request;
  const { data } = useQuery({
    queryKey: ['cluster', id, 'played', from, to],
    queryFn: async () =>
      ask(
        api.GET('/clusters/{id}/timeline', {
          params: { path: { id }, query: { from: from ?? '', to: to ?? '', points: 600 } },
        }),
      ),
    enabled: from !== null && to !== null,
    staleTime: Infinity,
  });
  return useMemo(
    () =>
      data === undefined
        ? null
        : { times: data.timestamps.map((time) => Date.parse(time)), servers: data.active, stepMs: data.step_ms },
    [data],
  );
}

interface ChartProps {
  readonly now: BacktestRow;
  readonly changed: BacktestRow | null;
  readonly recorded: Recorded | null;
}

function Chart({ now, changed, recorded }: ChartProps) {
  const shown = useMemo(() => {
    const points = now.timeline ?? [];
    const times = points.map(({ timestamp }) => Date.parse(timestamp));
    const would = changed === null ? [] : [(changed.timeline ?? []).map(({ active }) => active)];
    const was = recorded === null ? [] : [recordedAt(recorded, times)];
    return [
      times.map((time) => time / 1000),
      points.map(({ demand }) => demand),
      points.map(({ active }) => active),
      ...would,
      ...was,
    ] as uPlot.AlignedData;
  }, [now, changed, recorded]);
  const options = useMemo(
    () => (colors: Colors) => chartOptions(colors, changed !== null, recorded !== null),
    [changed, recorded],
  );
  if (now.timeline === undefined || now.timeline.length === 0) return null;
  return (
    <SimpleChart
      label="Demand, the servers that the cluster had, and those that each policy would have had"
      data={shown}
      options={options}
      height={230}
    />
  );
}

function chartOptions(
  colors: Colors,
  isChanged: boolean,
  isRecorded: boolean,
): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    cursor: { y: false, drag: { x: true, y: false } },
    scales: { x: { time: true }, y: { range: fromZero(() => null) } },
    axes: axes(colors, { times: true }),
    series: [
      { label: 'time' },
      line('demand', colors.demand),
      stepped(NOW, colors.capacity, { width: 1.5 }),
      ...(isChanged ? [stepped(CHANGED, colors.forecast, { width: 2 })] : []),
      ...(isRecorded ? [stepped('was done', colors.draining, { dash: [4, 3], width: 1.5 })] : []),
    ],
  };
}

const MEASURES: readonly { readonly key: keyof Totals; readonly label: string; readonly digits: number }[] = [
  { key: 'servers', label: 'Servers, mean', digits: 1 },
  { key: 'serverHours', label: 'Server-hours', digits: 1 },
  { key: 'slowMinutes', label: 'Slow minutes', digits: 1 },
  { key: 'actions', label: 'Scaling actions', digits: 0 },
];

interface ComparedProps {
  readonly now: BacktestRow;
  readonly changed: BacktestRow | null;
  readonly ms: number;
  /** By what a policy without a promise of its own is judged. */
  readonly promised: number;
}

function Compared({ now, changed, ms, promised }: ComparedProps) {
  const before = totalsOf(now, ms);
  const after = changed === null ? null : totalsOf(changed, ms);
  const rows = changed === null ? [now] : [now, changed];
  return (
    <Table my="xs" aria-label="Differences">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>
            <span className="visually-hidden">Measure</span>
          </Table.Th>
          <Table.Th ta="right">Now</Table.Th>
          {after !== null && <Table.Th ta="right">Changed</Table.Th>}
          {after !== null && <Table.Th ta="right">Difference</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {MEASURES.map(({ key, label, digits }) => (
          <Table.Tr key={key}>
            <Table.Th scope="row" fw={400}>
              {label}
            </Table.Th>
            <Table.Td ta="right">{number(before[key], digits)}</Table.Td>
            {after !== null && <Table.Td ta="right">{number(after[key], digits)}</Table.Td>}
            {after !== null && (
              <Table.Td ta="right" fw={600}>
                {differenceOf(before[key], after[key], digits)}
              </Table.Td>
            )}
          </Table.Tr>
        ))}
        {rows.some(({ cost }) => cost !== null) && (
          <Table.Tr>
            <Table.Th scope="row" fw={400}>
              Cost
            </Table.Th>
            {rows.map(({ name, cost }) => (
              <Table.Td key={name} ta="right">
                {moneyWords(cost)}
              </Table.Td>
            ))}
            {after !== null && <Table.Td />}
          </Table.Tr>
        )}
        <Table.Tr>
          <Table.Th scope="row" fw={400}>
            Service level
          </Table.Th>
          {rows.map((row) => (
            <Table.Td key={row.name} ta="right">
              {percent(row.promised ?? promised)} promised:{' '}
              {row.kept ? 'kept' : `missed, ${percent(row.violations)} slow`}
            </Table.Td>
          ))}
          {after !== null && <Table.Td />}
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}

/** `−1.1 (−18 %)`; the share only where there is something to compare with. */
function differenceOf(before: number, after: number, digits: number): string {
  const by = Number((after - before).toFixed(digits));
  const signed = (value: string, negative: boolean): string => `${negative ? '−' : '+'}${value}`;
  if (by === 0) return 'none';
  const share = Math.round((100 * Math.abs(after - before)) / before);
  const relative = before > 0 && share >= 1 && share < 1000 ? ` (${signed(inPercent(share), by < 0)})` : '';
  return `${signed(number(Math.abs(by), digits), by < 0)}${relative}`;
}
