import { parentPort, workerData } from 'node:worker_threads';
import type { OpenWindow, Policy } from '#engine';
import {
  backtest,
  type BacktestReport,
  type BacktestSettings,
  demandOfHistory,
  demandOfTrace,
  parseTrace,
  type PlayedDemand,
  type RecordedMinutes,
} from '#world';

/** Input of the thread. In tests the worker runs as source, so it must not import neighboring files. */
export interface BacktestWorkerData {
  readonly demand:
    | { readonly kind: 'history'; readonly clusterId: string; readonly recorded: RecordedMinutes }
    | { readonly kind: 'trace'; readonly csv: string; readonly peakServers: number };
  readonly settings: BacktestSettings;
}

/** Messages of the thread: progress (0 to 1), and finally the result. */
export type BacktestWorkerReport =
  | { readonly type: 'progress'; readonly progress: number }
  | { readonly type: 'done'; readonly report: BacktestReport; readonly remarks: readonly string[] };

/** Progress is reported in steps of this share. */
const STEP = 0.01;

function tell(report: BacktestWorkerReport): void {
  parentPort?.postMessage(report);
}

function demandToPlay({ demand, settings: { tickSeconds } }: BacktestWorkerData): PlayedDemand {
  const ticks = { tickSeconds, days: Number.POSITIVE_INFINITY };
  return demand.kind === 'history'
    ? demandOfHistory(demand.clusterId, demand.recorded, ticks)
    : demandOfTrace(parseTrace('trace', demand.csv), { kind: 'peak', servers: demand.peakServers }, ticks);
}

/** Loaded only for policies with a schedule: the calendar pulls in much of the service. */
async function calendarFor({
  policies,
}: BacktestSettings): Promise<(policy: Policy, at: number) => readonly OpenWindow[]> {
  if (policies.every(({ policy }) => policy.schedule === undefined)) return () => [];
  const { openWindows } = await import('#clusters');
  return ({ schedule }, at) => (schedule === undefined ? [] : openWindows(schedule, at));
}

const input = workerData as BacktestWorkerData;
const { demand, startAt, remarks } = demandToPlay(input);
const run = backtest({ ...input.settings, demand, startAt }, { openWindows: await calendarFor(input.settings) });
let reported = 0;
for (;;) {
  const step = run.next();
  if (step.done === true) {
    tell({ type: 'done', report: step.value, remarks });
    break;
  }
  if (step.value >= reported + STEP) {
    reported = step.value;
    tell({ type: 'progress', progress: reported });
  }
}
