import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Report, type Task, WORKERS } from './engine.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

export type Listener = (pid: number, report: Report) => void;

/** The worker processes of a measurement. */
export class Workers {
  private readonly children = new Map<number, ChildProcess>();

  private constructor(
    private readonly task: Task,
    private readonly listener: Listener,
  ) {}

  /** Makes the jobs and starts the workers. */
  static async start(task: Task, listener: Listener): Promise<Workers> {
    const preparing = forked(task, 'prepare');
    const [code] = (await once(preparing, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the jobs of ${task.engine} could not be made`);
    const workers = new Workers(task, listener);
    await Promise.all(Array.from({ length: WORKERS }, async () => workers.add()));
    return workers;
  }

  get pids(): readonly number[] {
    return [...this.children.keys()];
  }

  async add(): Promise<void> {
    const child = forked(this.task, 'work');
    const pid = child.pid;
    if (pid === undefined) throw new Error('a worker could not be started');
    this.children.set(pid, child);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (report: Report) => {
        if (report.type === 'ready') resolve();
        this.listener(pid, report);
      });
      child.once('exit', (code) => reject(new Error(`a worker of ${this.task.engine} ended with ${code}`)));
    });
  }

  signal(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.children.get(pid)?.kill(signal);
  }

  /** kill -9. */
  async kill(pid: number): Promise<void> {
    const child = this.children.get(pid);
    if (child === undefined) return;
    this.children.delete(pid);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async stop(): Promise<void> {
    await Promise.all(this.pids.map(async (pid) => this.kill(pid)));
  }
}

/** By the environment: whoever lists processes sees arguments, and a password is in there. */
function forked(task: Task, what: 'prepare' | 'work'): ChildProcess {
  return fork(WORKER, [what], { env: { ...process.env, BENCH_TASK: JSON.stringify(task) } });
}
