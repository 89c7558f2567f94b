import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.js';
import type { Act, Layout, Report, Task } from './engine.js';
import { Workers } from './workers.js';

const SETTLE_MS = 8000;
/** How long a worker sleeps on after all was taken over. */
const ASLEEP_MS = 3000;
/** How long after it woke up what a sleeper does is watched. */
const AWAKE_MS = 6000;

export interface Recovery {
  readonly layout: Layout;
  readonly ended: 'killed' | 'asleep';
  /** Jobs that the worker had in hand, over all rounds. */
  readonly in_hand: number;
  /** From its end, or its falling asleep, to the next act of another for the same. */
  readonly taken_over_ms_p50: number;
  readonly taken_over_ms_max: number;
  /** Acts under a claim after others had acted under a later one: those that were tried, and those that nothing refused. */
  readonly late_acts: number;
  readonly late_acts_carried_out: number;
}

/** Who has which job in hand, by what the workers tell. */
class Watch {
  private readonly holders = new Map<string, number>();
  /** What somebody is waited for to take over from one, and since when. */
  private from: { readonly pid: number; readonly at: number; readonly waits: Map<string, number | null> } | undefined;
  private readonly claims = new Map<string, number>();
  lateActs = 0;
  lateActsCarriedOut = 0;

  constructor(private readonly layout: Layout) {}

  readonly listen = (pid: number, report: Report): void => {
    if (report.type === 'began') this.holders.set(report.key, pid);
    else if (report.type === 'acted') for (const act of report.acts) this.acted(pid, act, report.carriedOut);
  };

  inHandOf(pid: number): string[] {
    return [...this.holders].filter(([, holder]) => holder === pid).map(([key]) => key);
  }

  watch(pid: number): void {
    const waits = new Map(this.inHandOf(pid).map((key) => [key, null] as const));
    this.from = { pid, at: Date.now(), waits };
  }

  /** Times from the end of the one to the first act of another for each of its jobs; null: not yet. */
  get waits(): readonly (number | null)[] {
    return [...(this.from?.waits.values() ?? [])];
  }

  private acted(pid: number, { key, claim }: Act, carriedOut: boolean): void {
    if (claim < (this.claims.get(key) ?? claim)) {
      this.lateActs += 1;
      if (carriedOut) this.lateActsCarriedOut += 1;
      return;
    }
    this.claims.set(key, claim);
    if (this.from !== undefined && pid !== this.from.pid && carriedOut && this.from.waits.get(key) === null)
      this.from.waits.set(key, Date.now() - this.from.at);
    if (this.layout === 'ticks') this.holders.delete(key);
    else if (carriedOut) this.holders.set(key, pid);
  }
}

/** Ends, or puts to sleep, the worker that has most in hand, so many times. */
export async function measureRecovery(task: Task, ended: Recovery['ended'], rounds: number): Promise<Recovery> {
  const watch = new Watch(task.layout);
  const workers = await Workers.start(task, watch.listen);
  const waits: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await delay(SETTLE_MS);
      const busiest = await eventually('a worker has something in hand', () =>
        workers.pids
          .filter((pid) => watch.inHandOf(pid).length > 0)
          .toSorted((a, b) => watch.inHandOf(b).length - watch.inHandOf(a).length)
          .at(0),
      );
      watch.watch(busiest);
      if (ended === 'killed') await workers.kill(busiest);
      else workers.signal(busiest, 'SIGSTOP');
      await eventually('others have taken all of it', () => watch.waits.every((wait) => wait !== null));
      waits.push(...watch.waits.filter((wait) => wait !== null));
      if (ended === 'killed') await workers.add();
      else {
        await delay(ASLEEP_MS);
        workers.signal(busiest, 'SIGCONT');
        await delay(AWAKE_MS);
      }
    }
  } finally {
    await workers.stop();
  }
  const sorted = waits.toSorted((a, b) => a - b);
  return {
    layout: task.layout,
    ended,
    in_hand: sorted.length,
    taken_over_ms_p50: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    taken_over_ms_max: sorted.at(-1) ?? Number.NaN,
    late_acts: watch.lateActs,
    late_acts_carried_out: watch.lateActsCarriedOut,
  };
}
