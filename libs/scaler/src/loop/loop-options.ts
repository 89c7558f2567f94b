import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import type { BatchOptions } from './batches.js';

export interface LoopOptions extends BatchOptions {
  /** Tick interval of clusters that configure none, in milliseconds. */
  readonly intervalMs: number;
  /** Older samples count as missing, in milliseconds. */
  readonly maxSampleAgeMs: number;
  /** Cluster-ticks buffered while the database is unreachable. */
  readonly bufferTicks: number;
}

export const LOOP_OPTIONS = Symbol('LOOP_OPTIONS');

const PATIENCE_MS = 500;
/** 5,000 clusters for 40 s, or 100 for half an hour. */
const BUFFER_TICKS = 20_000;

export const loopOptionsProvider = {
  provide: LOOP_OPTIONS,
  inject: [APP_CONFIG],
  useFactory: ({ collector }: AppConfig): LoopOptions => ({
    limit: collector.concurrency,
    patienceMs: PATIENCE_MS,
    intervalMs: collector.interval,
    maxSampleAgeMs: collector.maxSampleAge,
    bufferTicks: BUFFER_TICKS,
  }),
};
