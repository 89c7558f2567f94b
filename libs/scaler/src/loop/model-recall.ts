import { Injectable, Logger } from '@nestjs/common';
import { ClusterRegistry } from './cluster-registry.js';
import type { KnownCluster } from './cluster-registry.js';
import { ModelMemory } from './model-memory.js';

/** Clusters whose history is read per batch. */
const RECALLED_TOGETHER = 20;

/** Restores models in the background for clusters that are not ready without them. */
@Injectable()
export class ModelRecall {
  private readonly logger = new Logger('Loop');
  private recalling: Promise<void> | null = null;
  private recallable = true;

  constructor(
    private readonly registry: ClusterRegistry,
    private readonly models: ModelMemory,
  ) {}

  /**
   * Other clusters are ticked meanwhile. What fails because the database is unreachable is retried at the next call.
   */
  start(now: number): void {
    if (this.recalling !== null) return;
    const unready: KnownCluster[] = [];
    const trials: KnownCluster[] = [];
    for (const known of this.registry.all()) {
      // A cluster that is being ticked is still changing its model; it is taken at the next call.
      if (!known.memory.acting.ready && !known.schedule.busy) unready.push(known);
      if (known.memory.candidate?.ready === false) trials.push(known);
    }
    if (unready.length === 0 && trials.length === 0) return;
    this.recalling = this.recall(unready, trials, now)
      .then(() => {
        this.recallable = true;
      })
      .catch((error: unknown) => {
        if (this.recallable) this.logger.warn(`cannot load stored models: ${(error as Error).message}`);
        this.recallable = false;
      })
      .finally(() => {
        this.recalling = null;
      });
  }

  private async recall(unready: readonly KnownCluster[], trials: readonly KnownCluster[], now: number): Promise<void> {
    for (let from = 0; from < unready.length; from += RECALLED_TOGETHER) {
      const some = unready.slice(from, from + RECALLED_TOGETHER);
      const lanes = some.map(({ memory }) => memory.acting);
      for (const [index, { lane, error }] of (await this.models.recall(some, now)).entries()) {
        const { id } = some[index]!.cluster;
        if (error !== null)
          this.logger.warn(`cluster ${id}: its stored model is damaged, starting with a new one: ${error.message}`);
        this.registry.replaceLane(id, 'acting', lanes[index]!, lane);
      }
    }
    const failures: unknown[] = [];
    for (const known of trials) {
      const { candidate } = known.memory;
      if (candidate?.ready !== false) continue;
      await this.models
        .prepareTrial(known, candidate, now)
        .then((lane) => this.registry.replaceLane(known.cluster.id, 'candidate', candidate, lane))
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
