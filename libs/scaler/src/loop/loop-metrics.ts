import type { TickRecord } from './stages.js';

export type LoopStage = 'refresh' | 'collect' | 'observe' | 'decide' | 'act' | 'commit' | 'record' | 'broadcast';

/** What the loop has counted. Called once per wake or batch, not per cluster, so that counting costs next to nothing. */
export abstract class LoopMetrics {
  /** One wake spent `seconds` in a stage, for all its clusters together. */
  abstract stage(stage: LoopStage, seconds: number): void;
  /** A wake found clusters due, the latest of them `lagMs` late, and left ticks out. */
  abstract woke(lagMs: number, skipped: { readonly late: number; readonly overlapping: number }): void;
  /** A cluster could not be worked on. */
  abstract failed(): void;
  abstract ticked(batch: readonly TickRecord[]): void;
}
