import { setTimeout as delay } from 'node:timers/promises';
import type { Layout, Task } from './engine.js';
import type { Store } from './store.js';
import { Usage } from './usage.js';
import { Workers } from './workers.js';

const SETTLE_INTERVALS = 1;

export interface Load {
  readonly layout: Layout;
  readonly clusters: number;
  /** Ticks that began, as a share of those that were due. */
  readonly begun_share: number;
  readonly late_ms_p50: number;
  readonly late_ms_p99: number;
  readonly late_ms_max: number;
  /** Of one core: the three workers together, and what keeps the jobs. */
  readonly workers_cpu: number;
  readonly store_cpu: number;
  readonly workers_mb: number;
  readonly store_mb: number;
}

/** How late ticks begin, and what that costs. */
export async function measureLoad(task: Task, store: Store, intervals: number): Promise<Load> {
  let late: number[] = [];
  const workers = await Workers.start(task, (_, report) => {
    if (report.type === 'late') late = late.concat(report.ms);
  });
  try {
    await delay(Math.max(0, task.beginAt - Date.now()) + SETTLE_INTERVALS * task.intervalMs);
    late = [];
    const [ofWorkers, ofStore] = [new Usage(() => workers.pids), new Usage(() => store.pids())];
    await delay(intervals * task.intervalMs);
    const sorted = Float64Array.from(late).sort();
    const quantile = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return {
      layout: task.layout,
      clusters: task.clusters,
      begun_share: Number((sorted.length / (task.clusters * intervals)).toFixed(3)),
      late_ms_p50: quantile(0.5),
      late_ms_p99: quantile(0.99),
      late_ms_max: quantile(1),
      workers_cpu: ofWorkers.cpuShare(),
      store_cpu: ofStore.cpuShare(),
      workers_mb: ofWorkers.memoryMb(),
      store_mb: ofStore.memoryMb(),
    };
  } finally {
    await workers.stop();
  }
}
