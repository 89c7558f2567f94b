import type { TickRecord } from './stages.js';

export type LoopStage = 'refresh' | 'collect' | 'observe' | 'decide' | 'act' | 'commit' | 'record' | 'broadcast';

/** Counters of the loop. Called once per wake or batch, not per cluster, so that counting is cheap. */
export abstract class LoopMetrics {
  /** A wake spent `seconds` in a stage, over all its clusters. */
  abstract stage(stage: LoopStage, seconds: number): void;
  /** A wake found due clusters, the latest of them `lagMs` late, and skipped ticks. */
  abstract woke(lagMs: number, skipped: { readonly late: number; readonly overlapping: number }): void;
  /** The tick of a cluster failed. */
  abstract failed(): void;
  abstract ticked(batch: readonly TickRecord[]): void;
}
