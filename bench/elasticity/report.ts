import type { Row } from './measure.js';

/** Threshold up to which the promise counts as kept. */
const HELD = 0.011;

export interface Summary {
  readonly provisionSeconds: number;
  readonly traces: number;
  readonly feasible: number;
  /** Feasible traces with at most 1.1 % violations. */
  readonly held: number;
  readonly gapClosedMedian: number;
  readonly gapClosedWorst: number;
  readonly costToOracleMedian: number;
  /** Divided by the cost of the better hindsight baseline; feasible traces. */
  readonly costToHindsightMedian: number;
  readonly costToHindsightWorst: number;
  readonly actionsToHindsightHpaMedian: number;
  /** Infeasible traces; `null` if there are none. */
  readonly violationToLeastWorst: number | null;
  /** All traces with more than 1.1 % violations, feasible or not; `null` if there are none. */
  readonly violationToLeastWorstBroken: number | null;
  readonly microsPerDecisionMost: number;
  readonly secondsPerTraceMost: number;
}

export function summarise(rows: readonly Row[], provisionSeconds: number): Summary {
  const here = rows.filter((row) => row.provisionSeconds === provisionSeconds);
  const feasible = here.filter((row) => row.feasible);
  const closed = known(feasible.map((row) => row.gapClosed));
  const toHindsight = known(feasible.map((row) => row.costToHindsight));
  return {
    provisionSeconds,
    traces: here.length,
    feasible: feasible.length,
    held: feasible.filter((row) => row.violation <= HELD).length,
    gapClosedMedian: median(closed),
    gapClosedWorst: Math.min(...closed),
    costToOracleMedian: median(feasible.map((row) => row.costToOracle)),
    costToHindsightMedian: median(toHindsight),
    costToHindsightWorst: Math.max(...toHindsight),
    actionsToHindsightHpaMedian: median(known(feasible.map((row) => row.actionsToHindsightHpa))),
    violationToLeastWorst: worstToLeast(here.filter((row) => !row.feasible)),
    violationToLeastWorstBroken: worstToLeast(here.filter((row) => row.violation > HELD)),
    microsPerDecisionMost: Math.max(...here.map((row) => row.microsPerDecision)),
    secondsPerTraceMost: Math.max(...here.map((row) => row.sweepSeconds)),
  };
}

function worstToLeast(rows: readonly Row[]): number | null {
  const ratios = known(rows.map((row) => row.violationToLeast));
  return ratios.length === 0 ? null : Math.max(...ratios);
}

/** The printed table: feasible traces, then the others, then the summary. */
export function table(rows: readonly Row[], summaries: readonly Summary[]): string {
  const lines: string[] = [];
  for (const summary of summaries) {
    const here = rows.filter((row) => row.provisionSeconds === summary.provisionSeconds);
    lines.push(
      `Provisioning ${summary.provisionSeconds} s, at most 1 % of requests above 90 % utilization`,
      line(['trace', 'violated %', '/oracle', '/hindsight', 'gap closed', 'actions/d', '/hpa', 'us', 'hindsight']),
      ...here.filter((row) => row.feasible).map(feasibleLine),
    );
    const others = here.filter((row) => !row.feasible);
    if (others.length > 0) {
      lines.push(
        'Not even hindsight holds the promise on',
        line(['trace', 'violated %', '/oracle', 'least %', '/least', 'actions/d', '', 'us', 'best of all']),
        ...others.map(infeasibleLine),
      );
    }
    lines.push(
      `held ${summary.held} of ${summary.feasible}; gap closed: median ${fixed(summary.gapClosedMedian)}, worst ` +
        `${fixed(summary.gapClosedWorst)}; cost / oracle: median ${fixed(summary.costToOracleMedian, 3)}; cost / hindsight: median ` +
        `${fixed(summary.costToHindsightMedian, 3)}, worst ${fixed(summary.costToHindsightWorst, 3)}; actions / hindsight ` +
        `HPA's: median ${fixed(summary.actionsToHindsightHpaMedian)}; violated / least at our cost: worst ` +
        `${fixed(summary.violationToLeastWorst)} of the infeasible, ${fixed(summary.violationToLeastWorstBroken)} of the broken; ` +
        `at most ${fixed(summary.microsPerDecisionMost, 0)} us a decision and ${fixed(summary.secondsPerTraceMost, 1)} s a trace, ` +
        `baselines and sweeps included`,
      '',
    );
  }
  return lines.join('\n');
}

/** The generated loads: cost and violations, and the least violation of any baseline at that cost. */
export function scenarioTable(rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const seconds of new Set(rows.map(({ provisionSeconds }) => provisionSeconds))) {
    lines.push(
      `Scenarios, provisioning ${seconds} s`,
      line([
        'scenario',
        'violated %',
        '/oracle',
        '/hindsight',
        'gap closed',
        'actions/d',
        '/hpa',
        'us',
        'least % at our cost',
      ]),
      ...rows.filter(({ provisionSeconds }) => provisionSeconds === seconds).map(scenarioLine),
      '',
    );
  }
  return lines.join('\n');
}

function scenarioLine(row: Row): string {
  return line([...cellsOf(row), fixed(row.leastViolation === null ? null : 100 * row.leastViolation)]);
}

function feasibleLine(row: Row): string {
  return line([...cellsOf(row), row.hindsight ?? '-']);
}

function cellsOf(row: Row): readonly string[] {
  return [
    row.trace,
    fixed(100 * row.violation),
    fixed(row.costToOracle, 3),
    fixed(row.costToHindsight, 3),
    fixed(row.gapClosed),
    fixed(row.actionsPerDay, 0),
    fixed(row.actionsToHindsightHpa),
    fixed(row.microsPerDecision, 0),
  ];
}

function infeasibleLine(row: Row): string {
  return line([
    row.trace,
    fixed(100 * row.violation),
    fixed(row.costToOracle, 3),
    fixed(row.leastViolation === null ? null : 100 * row.leastViolation),
    fixed(row.violationToLeast),
    fixed(row.actionsPerDay, 0),
    '',
    fixed(row.microsPerDecision, 0),
    `${fixed(100 * row.bestViolation)} % at ${fixed(row.bestCostToOracle, 3)} of the oracle by ${row.bestBy}`,
  ]);
}

const WIDTHS = [38, 11, 9, 11, 11, 10, 7, 5, 0];

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[index]!)))
    .join(' ')
    .trimEnd();
}

function fixed(value: number | null, digits = 2): string {
  return value === null ? '-' : value.toFixed(digits);
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
