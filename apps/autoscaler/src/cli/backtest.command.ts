import { open, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { openWindows } from '#clusters';
import type { Policy } from '#engine';
import { toBacktestResult } from '#backtests';
import { backtest, type BacktestReport, type BacktestRequest, type NamedPolicy, promiseOf } from '#world';
import { type LoadedDemand, loadCluster, loadTrace } from '../backtest/demand.js';
import { reportHtml } from '../backtest/html.js';
import { type BacktestFlags, type BacktestOptions, readFlags } from '../backtest/options.js';
import { readPolicies } from '../backtest/policies.js';
import { reportTable } from '../backtest/table.js';
import { TimelineFile } from '../backtest/timeline-file.js';
import { OperationalError } from '../operational.error.js';
import { loadFile } from './load.js';

const DEFAULT_PROVISION_SECONDS = 120;
const DEFAULT_BOUNDS = { min: 1, max: 1000 };
const TIMELINE_POINTS = 2000;

/** `autoscaler backtest`: plays policies against a trace or a cluster's history, and prints the results. */
export async function runBacktest(configFile: string | undefined, flags: BacktestFlags): Promise<void> {
  const options = readFlags(flags);
  const { config } = loadFile(configFile);
  const loaded =
    flags.cluster === undefined
      ? await loadTrace(flags.trace ?? '', options)
      : await loadCluster(flags.cluster, flags, options, config);
  const policies = await readPolicies(flags.policy ?? [], loaded.cluster?.policy, config);
  const request = requestOf(options, loaded, policies);
  // Checks that the output can be written before spending minutes.
  if (flags.html !== undefined) {
    await writable('the page', flags.html, async (path) => (await open(path, 'a')).close());
  }
  const timeline =
    flags.timeline === undefined
      ? null
      : await writable('the timeline', flags.timeline, (path) =>
          TimelineFile.open(path, request.startAt, request.tickSeconds),
        );
  const report = await play(request, policies[0]?.name ?? '', timeline);
  if (timeline !== null) await writable('the timeline', flags.timeline ?? '', () => timeline.close());
  if (flags.html !== undefined) {
    const page = await reportHtml(loaded, report);
    await writable('the page', flags.html, (path) => writeFile(path, page));
  }
  if (flags.json === true) console.log(jsonOf(loaded, report));
  else for (const line of [...loaded.remarks, reportTable(report, loaded.cluster?.cost ?? null)]) console.log(line);
}

/** @throws OperationalError if the bounds of flags and cluster do not overlap */
function requestOf(
  options: BacktestOptions,
  { demand, startAt, cluster }: LoadedDemand,
  policies: readonly NamedPolicy[],
): BacktestRequest {
  const { tickSeconds, noise, seed, compare, frontier } = options;
  const measured = cluster?.leadTimeMs ?? null;
  const bounds = cluster?.bounds ?? DEFAULT_BOUNDS;
  const min = options.min ?? Math.max(1, bounds.min);
  const max = options.max ?? Math.max(1, bounds.max);
  if (min > max) {
    throw new OperationalError(
      `autoscaler backtest: the fewest servers (${min}) must not exceed the most (${max}); set both --min and --max`,
    );
  }
  return {
    demand,
    tickSeconds,
    provisionSeconds: options.provisionSeconds ?? (measured === null ? DEFAULT_PROVISION_SECONDS : measured / 1000),
    min,
    max,
    startAt,
    noise,
    seed,
    promise: promiseOf(policies),
    policies,
    compare,
    frontier,
    timelinePoints: TIMELINE_POINTS,
  };
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

async function writable<T>(what: string, path: string, write: (path: string) => Promise<T>): Promise<T> {
  try {
    return await write(path);
  } catch (error) {
    throw new OperationalError(`autoscaler backtest: ${what} ${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The format of `GET /clusters/:id/backtests/:backtest_id`, without chart data. */
function jsonOf({ name, remarks, cluster }: LoadedDemand, report: BacktestReport): string {
  const answer = Object.assign({ trace: name }, toBacktestResult(report, remarks, cluster?.cost ?? null));
  return JSON.stringify(answer, (key, value: unknown) => (key === 'timeline' ? undefined : value), 2);
}
