import Table from 'cli-table3';
import { type Cost, moneyOf } from '#clusters';
import type { BacktestReport, BacktestRow } from '#world';

/**
 * The report for a terminal.
 *
 * @param price of a server; `null`: not stated, and no money is shown
 */
export function reportTable({ rows, promise, ticks, tickSeconds }: BacktestReport, price: Cost | null): string {
  const table = new Table({
    head: [
      '',
      'violated',
      'kept',
      'cost',
      ...(price === null ? [] : [price.currency]),
      '/ oracle',
      'actions a day',
      'dropped',
    ],
    colAligns: ['left', 'right', 'left', ...Array<'right'>(price === null ? 4 : 5).fill('right')],
    style: { head: [], border: [] },
    // No lines between the many rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of rows) table.push(cellsOf(row, price));
  const days = ((ticks * tickSeconds) / 86_400).toFixed(1);
  const { violations, maxUtilization } = promise;
  return [
    `${days} days in ticks of ${tickSeconds} s; promised: at most ${percent(violations)} of requests above ${percent(maxUtilization)} utilization.`,
    table.toString(),
    'Cost is in server-hours, provisioning included. The first quarter of the run, at most three days, is warm-up and not scored.',
  ].join('\n');
}

function cellsOf({ name, kind, score, costToOracle, kept, promised }: BacktestRow, price: Cost | null): string[] {
  const money = moneyOf(price, score.cost);
  return [
    kind === 'frontier' ? `${name} promised` : name,
    percent(score.violation),
    `${kept ? 'yes' : 'no'}${promised === undefined ? '' : `, ${percent(promised)} promised`}`,
    score.cost.toFixed(1),
    ...(money === null ? [] : [money.amount.toFixed(2)]),
    costToOracle.toFixed(3),
    score.actionsPerDay.toFixed(1),
    percent(score.dropped),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
