import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import type { BatchOptions } from './batches.js';

export interface LoopOptions extends BatchOptions {
  /** Of clusters that state none, in milliseconds. */
  readonly intervalMs: number;
  /** Older samples count as missing, in milliseconds. */
  readonly maxSampleAgeMs: number;
  /** Cluster-ticks that may wait for a database that is away. */
  readonly bufferTicks: number;
}

export const LOOP_OPTIONS = Symbol('LOOP_OPTIONS');

const PATIENCE_MS = 500;
/** Five thousand clusters for 40 s, a hundred for half an hour. */
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
