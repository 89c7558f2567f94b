import { Queue, Worker, type WorkerOptions } from 'bullmq';
import { SHARES } from '#scaler';
import { type Engine, type Hold, SILENCE_MS, type Task, WORKERS } from './engine.js';

const TICKS = 'ticks';
const HELD = 'shares';
/** The engine's own advice for jobs that wait more than they compute. */
const CONCURRENCY = 200;
const AT_ONCE = 500;

/** BullMQ on Redis: job schedulers make the ticks, locks and the check for stalled jobs find what a dead worker had. */
export const bullmqEngine: Engine = {
  async prepare(task) {
    const queue = new Queue(task.layout === 'ticks' ? TICKS : HELD, { connection: redis(task) });
    if (task.layout === 'shares') {
      await queue.addBulk(
        Array.from({ length: SHARES }, (_, share) => ({ name: 'share', data: {}, opts: { jobId: `share-${share}` } })),
      );
    } else {
      for (let first = 0; first < task.clusters; first += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, task.clusters - first) }, (_, index) => first + index);
        await Promise.all(
          some.map(async (cluster) =>
            queue.upsertJobScheduler(
              `cluster-${cluster}`,
              {
                every: task.intervalMs,
                startDate: task.beginAt + Math.floor((cluster * task.intervalMs) / task.clusters),
              },
              { name: 'tick', data: { cluster }, opts: { removeOnComplete: true } },
            ),
          ),
        );
      }
    }
    await queue.close();
  },

  async tick(task, tick) {
    const worker = new Worker<{ cluster: number }>(
      TICKS,
      // The time that the tick was due is in the id that the scheduler gives.
      async ({ id, data, attemptsStarted }) => tick(data.cluster, Number(id?.split(':').at(-1)), attemptsStarted),
      { ...options(task), concurrency: CONCURRENCY },
    );
    worker.on('error', tell);
    await worker.waitUntilReady();
  },

  async hold(task): Promise<Hold> {
    const held = new Map<string, { readonly claim: number; readonly end: () => void }>();
    const worker = new Worker(
      HELD,
      async ({ id = '', attemptsStarted }) => new Promise<void>((end) => held.set(id, { claim: attemptsStarted, end })),
      // Any two of them can hold everything: the engine knows of a sleeper only that its connection is there.
      { ...options(task), concurrency: Math.ceil(SHARES / (WORKERS - 1)) },
    );
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) {
        held.get(id)?.end();
        held.delete(id);
      }
    });
    worker.on('error', tell);
    await worker.waitUntilReady();
    return {
      held: () => new Map([...held].map(([id, { claim }]) => [Number(id.split('-')[1]), claim])),
      // A write into another store is checked by nothing that Redis knows.
      act: async (shares) => [...shares],
    };
  },
};

function redis({ connection: { host, port } }: Task): { host: string; port: number; maxRetriesPerRequest: null } {
  return { host, port, maxRetriesPerRequest: null };
}

function options(task: Task): WorkerOptions {
  return {
    connection: redis(task),
    lockDuration: SILENCE_MS,
    stalledInterval: SILENCE_MS / 3,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  };
}

/** That it has lost its jobs is what a sleeper is to be told. */
function tell(error: Error): void {
  if (!/lock|missing key/i.test(error.message)) console.error(error.message);
}
