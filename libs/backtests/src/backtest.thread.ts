import { Worker } from 'node:worker_threads';
import type { BacktestReport } from '#world';
import type { BacktestWorkerData, BacktestWorkerReport } from './backtest.worker.js';

/** More than ten times the longest measured run. */
const MOST_MEMORY_MB = 512;

export interface Played {
  readonly report: BacktestReport;
  readonly remarks: readonly string[];
}

export interface PlayOptions {
  /** Ends the thread at once. */
  readonly signal: AbortSignal;
  /** Receives the progress, 0 to 1. */
  readonly onProgress: (progress: number) => void;
}

/**
 * Runs a backtest in a worker thread, so that it does not block the process.
 *
 * @throws the signal's reason after an abort, or the thread's error
 */
export async function playInThread(data: BacktestWorkerData, { signal, onProgress }: PlayOptions): Promise<Played> {
  signal.throwIfAborted();
  // In tests this file is TypeScript, and Node strips the types of the worker's source.
  const source = new URL(
    import.meta.url.endsWith('.ts') ? './backtest.worker.ts' : './backtest.worker.js',
    import.meta.url,
  );
  const worker = new Worker(source, {
    workerData: data,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  let abort = (): void => undefined;
  try {
    return await new Promise<Played>((resolve, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      worker.on('message', (message: BacktestWorkerReport) => {
        if (message.type === 'done') resolve({ report: message.report, remarks: message.remarks });
        else onProgress(message.progress);
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`its thread ended with ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
