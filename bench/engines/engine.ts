import type { Connection } from '../database-on-server.js';

/** `ticks`: the tick of each cluster is a job that comes back every interval. `shares`: 64 jobs that are held, and clusters ticked from memory. */
export type Layout = 'ticks' | 'shares';

export const ENGINES = ['bullmq', 'pg-boss'] as const;
export type EngineName = (typeof ENGINES)[number];

/** What a worker process is told to do. */
export interface Task {
  readonly engine: EngineName;
  readonly layout: Layout;
  /** Of Redis or of the database. */
  readonly connection: Connection;
  readonly clusters: number;
  readonly intervalMs: number;
  /** When the first tick is due, in milliseconds since the epoch: once all jobs are made. */
  readonly beginAt: number;
  /** How long a tick takes that is a job. */
  readonly workMs: number;
  /** Whether every act is told as it happens, or sums now and then. */
  readonly telling: 'each' | 'sums';
}

/** Something done for a tick or a share, and under which claim: each claim of the same has a higher number. */
export interface Act {
  readonly key: string;
  readonly claim: number;
}

/** What a worker tells. */
export type Report =
  | { readonly type: 'ready' }
  /** Work that another would have to take over. */
  | { readonly type: 'began'; readonly key: string }
  /** `carriedOut`: false where the act was refused because another has taken over. */
  | { readonly type: 'acted'; readonly acts: readonly Act[]; readonly carriedOut: boolean }
  /** How late ticks began, in milliseconds. */
  | { readonly type: 'late'; readonly ms: readonly number[] };

/** A share as its holder sees it. */
export interface Hold {
  /** Shares that this worker takes itself to hold now, each with the number of its claim. */
  held(): ReadonlyMap<number, number>;
  /** Acts for all held shares. @returns those for which it was carried out, as far as anything checks */
  act(shares: Iterable<number>): Promise<readonly number[]>;
}

export type Tick = (cluster: number, dueAt: number, claim: number) => Promise<void>;

export interface Engine {
  /** Makes the jobs, once for all workers. */
  prepare(task: Task): Promise<void>;
  /** `tick` is called when a cluster's is due; its end is the end of the job. */
  tick(task: Task, tick: Tick): Promise<void>;
  hold(task: Task): Promise<Hold>;
}

/** A worker that is silent for so long is dead, to either engine. */
export const SILENCE_MS = 3000;
/** Workers of either engine. */
export const WORKERS = 3;
