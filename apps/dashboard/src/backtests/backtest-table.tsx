import { Badge, Table } from '@mantine/core';
import type { Schema } from '../api/client';
import { moneyWords } from '../layout/money';
import { against, number, percent } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import classes from './backtest-table.module.css';
import type { BacktestRow } from './queries';
import { displayName } from './rows';

interface BacktestTableProps {
  readonly rows: readonly BacktestRow[];
  readonly promise: Schema['BacktestPromiseDto'];
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

const KINDS: Readonly<Record<BacktestRow['kind'], string>> = {
  policy: 'policy',
  baseline: 'baseline',
  hindsight: 'hindsight',
  frontier: 'frontier',
  oracle: 'oracle',
};

/** The data of the chart as a table; rows that keep the promise come first, the cheapest on top. */
export function BacktestTable({ rows, promise, chosen, onChoose }: BacktestTableProps) {
  const ordered = rows.toSorted((a, b) => Number(b.kept) - Number(a.kept) || a.server_hours - b.server_hours);
  // Without a stated cost there is no column of unknown amounts.
  const priced = rows.some(({ cost }) => cost !== null);
  return (
    <WideTable minWidth={760}>
      <Table verticalSpacing={6} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th ta="right">Slow or failed</Table.Th>
            <Table.Th>Promised at most</Table.Th>
            <Table.Th ta="right">Server hours</Table.Th>
            {priced && <Table.Th ta="right">Cost</Table.Th>}
            <Table.Th ta="right">Against the least</Table.Th>
            <Table.Th ta="right">Changes per day</Table.Th>
            <Table.Th ta="right">Too few / too many, % of time</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ordered.map((row) => (
            <Table.Tr key={row.name} className={classes['row'] ?? ''} data-on={row.name === chosen || undefined}>
              <Table.Td>
                <button
                  type="button"
                  className={classes['name']}
                  aria-pressed={row.name === chosen}
                  onClick={() => onChoose(row.name)}
                >
                  {displayName(row)}
                </button>
              </Table.Td>
              <Table.Td>{KINDS[row.kind]}</Table.Td>
              <Table.Td ta="right">{percent(row.violations, 3)}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={row.kept ? 'green' : 'red'} tt="none">
                  {percent(row.promised ?? promise.violations, 2)}: {row.kept ? 'kept' : 'broken'}
                </Badge>
              </Table.Td>
              <Table.Td ta="right">{number(row.server_hours)}</Table.Td>
              {priced && <Table.Td ta="right">{moneyWords(row.cost)}</Table.Td>}
              <Table.Td ta="right">{against(row.cost_to_oracle)}</Table.Td>
              <Table.Td ta="right">{number(row.actions_per_day)}</Table.Td>
              <Table.Td ta="right">
                {number(row.elasticity.timeshare_under)} / {number(row.elasticity.timeshare_over)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
