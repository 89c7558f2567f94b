import { writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { openWindows } from '#clusters';
import type { Policy } from '#engine';
import { backtest, type BacktestReport, type BacktestRequest } from '#world';
import { demandOfCluster, demandOfTrace } from '../backtest/demand.js';
import { reportHtml } from '../backtest/html.js';
import { type BacktestFlags, readFlags } from '../backtest/options.js';
import { readPolicies } from '../backtest/policies.js';
import { reportTable } from '../backtest/table.js';
import { TimelineFile } from '../backtest/timeline-file.js';
import { OperationalError } from '../operational.error.js';
import { loadFile } from './load.js';

/** What is scored where no policy promises a service level. */
const PROMISE = { violations: 0.01, maxUtilization: 0.9 };
const TIMELINE_POINTS = 2000;

/** `autoscaler backtest`: plays policies against a trace, or a cluster's own history, and prints how they did. */
export async function runBacktest(configFile: string | undefined, flags: BacktestFlags): Promise<void> {
  const options = readFlags(flags);
  const { config } = loadFile(configFile);
  const policies = await readPolicies(flags.policy ?? [], config);
  const loaded =
    flags.cluster === undefined
      ? await demandOfTrace(flags.trace ?? '', options)
      : await demandOfCluster(flags.cluster, flags, options, config);
  const { demand, startAt } = loaded;
  const { tickSeconds, provisionSeconds, min, max, noise, seed, compare, frontier } = options;
  const request: BacktestRequest = {
    demand,
    tickSeconds,
    provisionSeconds,
    min,
    max,
    startAt,
    noise,
    seed,
    promise: policies.find(({ policy }) => policy.slo !== undefined)?.policy.slo ?? PROMISE,
    policies,
    compare,
    frontier,
    timelinePoints: TIMELINE_POINTS,
  };
  const timeline = flags.timeline === undefined ? null : await openTimeline(flags.timeline, startAt, tickSeconds);
  const report = await play(request, policies[0]?.name ?? '', timeline);
  await timeline?.close();
  if (flags.html !== undefined) await writeFile(flags.html, await reportHtml(loaded, report));
  if (flags.json === true) console.log(JSON.stringify(wireReport(loaded.name, report), null, 2));
  else for (const line of [...loaded.remarks, reportTable(report)]) console.log(line);
}

async function play(request: BacktestRequest, first: string, timeline: TimelineFile | null): Promise<BacktestReport> {
  const bar = new SingleBar(
    { format: 'backtest {bar} {percentage} %', clearOnComplete: true, stream: process.stderr },
    Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(100, 0);
  const run = backtest(request, {
    openWindows: ({ schedule }: Policy, at) => (schedule === undefined ? [] : openWindows(schedule, at)),
    onTick: (name, row) => {
      if (name === first) timeline?.add(row);
    },
  });
  try {
    for (;;) {
      const step = run.next();
      if (step.done === true) return step.value;
      bar.update(Math.round(100 * step.value));
      await turn();
    }
  } finally {
    bar.stop();
  }
}

async function openTimeline(path: string, startAt: number, tickSeconds: number): Promise<TimelineFile> {
  try {
    return await TimelineFile.open(path, startAt, tickSeconds);
  } catch (error) {
    throw new OperationalError(
      `autoscaler backtest: the timeline ${path} cannot be written: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** The report in the words of the wire, without what only a drawing needs. */
function wireReport(name: string, { ticks, tickSeconds, promise, rows }: BacktestReport): object {
  return {
    trace: name,
    ticks,
    tick_seconds: tickSeconds,
    promise: { violations: promise.violations, max_utilization: promise.maxUtilization },
    rows: rows.map(({ name: contestant, kind, score, costToOracle, kept, promised }) => ({
      name: contestant,
      kind,
      ...(promised === undefined ? {} : { promised }),
      kept,
      violation: score.violation,
      dropped: score.dropped,
      cost_server_hours: score.cost,
      cost_to_oracle: costToOracle,
      actions_per_day: score.actionsPerDay,
      elasticity: {
        accuracy_under: score.elasticity.accuracyUnder,
        accuracy_over: score.elasticity.accuracyOver,
        timeshare_under: score.elasticity.timeshareUnder,
        timeshare_over: score.elasticity.timeshareOver,
        instability: score.elasticity.instability,
      },
    })),
  };
}
