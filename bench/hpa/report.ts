import { compare, isKept, replayErrorOf, summarize } from './comparison.js';
import type { Deviation } from './keda.js';
import { TICK_SECONDS } from './load.js';
import { titleOf } from './policies.js';
import { PROVISION_SECONDS } from './replay.js';
import type { KedaFigures, Row, Run } from './run.js';

/** Where HPAs read less often than this, or most seconds were full, the machine did not keep up. Seconds. */
const SLOW_HPA = 1.5;
const SLOW_SERVICE = 1;
const MOSTLY_FULL = 0.5;
/** KEDA's HPA keeps its count in a second in which it gets none. Share of the calls. */
const FEW_FAILED = 0.05;
/** Pods that took longer were not started in time. Compressed seconds. */
const LATE_PODS = PROVISION_SECONDS + TICK_SECONDS;

/** Why the figures of a run are not to be trusted; empty: the machine kept up. */
export function doubtsOf({ busy, hpaPace, servicePace, leadSeconds, keda }: Run): readonly string[] {
  const lead = Math.max(0, ...leadSeconds.filter((one) => one !== null));
  return [
    ...(busy.full > MOSTLY_FULL
      ? [
          `the processors were fully used in ${percent(busy.full)} % of the seconds (load average up to ${busy.load.toFixed(0)})`,
        ]
      : []),
    ...(hpaPace === null || hpaPace.p95 > SLOW_HPA
      ? [`the HPAs were late: 95 % of their intervals were within ${seconds(hpaPace?.p95)}, 1 s is right`]
      : []),
    ...(servicePace === null || servicePace.p95 > SLOW_SERVICE
      ? [`the service was late: 95 % of its intervals were within ${seconds(servicePace?.p95)}, 0.67 s is right`]
      : []),
    ...(keda !== null && failedShare(keda) > FEW_FAILED
      ? [`KEDA's calls failed: ${percent(failedShare(keda))} % of ${keda.calls.answered + keda.calls.failed}`]
      : []),
    ...(lead > LATE_PODS
      ? [`pods were late: the service measured a lead time of ${lead} s, ${PROVISION_SECONDS} s is right`]
      : []),
  ];
}

/** The printed report: every policy of every run, then what they say together. */
export function table(runs: readonly Run[]): string {
  const lines: string[] = [];
  for (const run of runs) {
    lines.push(`${run.trace}, ${run.hours} h scored${run.hours < 24 ? ' (less than a day)' : ''}`);
    for (const doubt of doubtsOf(run)) lines.push(`  saturated: ${doubt}`);
    lines.push(
      `  intervals: HPA ${seconds(run.hpaPace?.median)}, 95 % within ${seconds(run.hpaPace?.p95)}; service ` +
        `${seconds(run.servicePace?.median)}, 95 % within ${seconds(run.servicePace?.p95)}; processors ` +
        `${percent(run.busy.mean)} % used, by the service ${run.serviceCpus.toFixed(2)} of them; ` +
        `load average up to ${run.busy.load.toFixed(1)}; lead time ${run.leadSeconds.join(', ')} s; ` +
        `${run.failedActions} failed actions`,
      ...(run.keda === null ? [] : [kedaLine(run.keda)]),
      line(['policy', 'seed', 'slow %', 'server-hours', 'actions', 'replay: slow %', 'server-hours', 'actions']),
      ...run.rows.map((row) => line(cellsOf(row, run.hours))),
      '',
    );
  }
  const rows = runs.flatMap((run) => run.rows);
  const { runs: all, feasible, kept, costToHindsight, actionsToHindsight } = summarize(compare(rows));
  const error = replayErrorOf(rows);
  lines.push(
    `The service kept the promise in ${kept} of the ${feasible} runs in which some HPA did (of ${all}); cost / cheapest ` +
      `such HPA: median ${fixed(costToHindsight)}; actions: ${fixed(actionsToHindsight)}`,
    `Replay of the HPA, mean error: ${error.violationPoints.toFixed(2)} points of slow requests, ` +
      `${percent(error.cost)} % of the cost, ${error.actions === null ? '-' : percent(error.actions)} % of the actions`,
  );
  return lines.join('\n');
}

/** The same policies as a table of a Markdown document: means over seeds. */
export function markdown(runs: readonly Run[]): string {
  const traces = [...new Set(runs.map(({ trace }) => trace))];
  const hours = runs[0]?.hours ?? 0;
  const lines = ['| trace | policy | slow, % | server-hours | actions |', '| --- | --- | --- | --- | --- |'];
  for (const trace of traces) {
    const rows = runs.filter((run) => run.trace === trace).flatMap((run) => run.rows);
    for (const policy of new Set(rows.map((row) => row.policy))) {
      const same = rows.filter((row) => row.policy === policy);
      const mean = (pick: (row: Row) => number): number => same.reduce((sum, row) => sum + pick(row), 0) / same.length;
      const violation = mean(({ score }) => score.violation);
      const shown = same.every(isKept) ? percent(violation, 2) : `**${percent(violation, 2)}**`;
      const name = `${titleOf(policy)}${same.some(({ nearTuned }) => nearTuned) ? ' (tuned)' : ''}`;
      lines.push(
        `| ${trace} | ${name} | ${shown} | ${mean(({ score }) => score.cost).toFixed(0)} | ${mean(({ score }) => actions(score.actionsPerDay, hours)).toFixed(0)} |`,
      );
    }
  }
  return lines.join('\n');
}

function kedaLine({ calls, deviations }: KedaFigures): string {
  const hours = (pick: (one: Deviation) => number): string => deviations.map((one) => pick(one).toFixed(1)).join(', ');
  return (
    `  KEDA: ${calls.answered} calls answered, ${calls.failed} failed; its HPA wanted ${hours(({ above }) => above)} ` +
    `server-hours above the count of the service, ${hours(({ below }) => below)} below`
  );
}

function failedShare({ calls: { answered, failed } }: KedaFigures): number {
  return failed / Math.max(1, answered + failed);
}

function cellsOf({ policy, nearTuned, seed, score, replay }: Row, hours: number): readonly string[] {
  return [
    `${policy}${nearTuned ? ' (tuned)' : ''}`,
    String(seed),
    percent(score.violation, 2),
    score.cost.toFixed(1),
    String(actions(score.actionsPerDay, hours)),
    percent(replay.violation, 2),
    replay.cost.toFixed(1),
    String(actions(replay.actionsPerDay, hours)),
  ];
}

function actions(perDay: number, hours: number): number {
  return Math.round((perDay * hours) / 24);
}

const WIDTHS = [18, 5, 8, 13, 8, 15, 13, 8];

function line(cells: readonly string[]): string {
  return `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[index]!))).join(' ')}`;
}

function percent(share: number, digits = 0): string {
  return (100 * share).toFixed(digits);
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(2)} s`;
}

function fixed(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}
