import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PastPart, PastWorkerData } from './past.worker.js';

/** More than ten times what two weeks need. */
const MOST_MEMORY_MB = 512;

/**
 * Plays a past in a worker thread, part by part: each is played while the caller uses the one before.
 *
 * @throws the reason of the signal after an abort, or the error of the thread
 */
export async function* playInThread(data: PastWorkerData, signal: AbortSignal): AsyncGenerator<PastPart> {
  signal.throwIfAborted();
  // In tests this file is TypeScript, and Node strips the types of the worker's source.
  const source = new URL(import.meta.url.endsWith('.ts') ? './past.worker.ts' : './past.worker.js', import.meta.url);
  const worker = new Worker(source, {
    workerData: data,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  const next = (): Promise<unknown[]> => {
    const answer = once(worker, 'message', { signal });
    // It is awaited only when the caller asks for it.
    answer.catch(() => undefined);
    worker.postMessage('next');
    return answer;
  };
  try {
    for (let answer = next(); ;) {
      const [part] = (await answer) as [PastPart];
      if (part.minutes.length === 0) return;
      answer = next();
      yield part;
    }
  } finally {
    await worker.terminate();
  }
}
