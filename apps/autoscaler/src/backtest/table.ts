import Table from 'cli-table3';
import type { BacktestReport, BacktestRow } from '#world';

/** The report for a terminal. */
export function reportTable({ rows, promise, ticks, tickSeconds }: BacktestReport): string {
  const table = new Table({
    head: ['', 'violated', 'kept', 'cost', '/ oracle', 'actions a day', 'dropped'],
    colAligns: ['left', 'right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    // No lines between the many rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of rows) table.push(cellsOf(row));
  const days = ((ticks * tickSeconds) / 86_400).toFixed(1);
  const { violations, maxUtilization } = promise;
  return [
    `${days} days in ticks of ${tickSeconds} s; promised: at most ${percent(violations)} of requests above ${percent(maxUtilization)} utilization.`,
    table.toString(),
    'Cost is in server-hours, provisioning included. The first quarter of the run, at most three days, is warm-up and not scored.',
  ].join('\n');
}

function cellsOf({ name, kind, score, costToOracle, kept, promised }: BacktestRow): string[] {
  return [
    kind === 'frontier' ? `${name} promised` : name,
    percent(score.violation),
    kept ? 'yes' : promised === undefined ? 'no' : `no, ${percent(promised)} promised`,
    score.cost.toFixed(1),
    costToOracle.toFixed(3),
    score.actionsPerDay.toFixed(1),
    percent(score.dropped),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
