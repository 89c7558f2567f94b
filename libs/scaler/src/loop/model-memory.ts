import { Injectable } from '@nestjs/common';
import { relearn } from '#engine';
import { ObservationHistory } from '#metrics';
import { ClusterModelStore } from './cluster-model.store.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { leadTimeOf } from './tracking.js';

/** The model remembers no more than this. */
const HISTORY_MS = 14 * 86_400_000;
/** Puts what a cluster's engine has learnt back into a state that was stored without it. */
@Injectable()
export class ModelMemory {
  constructor(
    private readonly models: ClusterModelStore,
    private readonly history: ObservationHistory,
  ) {}

  /** All in two queries; throws when the database cannot say, and nothing is changed then. */
  async recall(runtimes: readonly ClusterRuntime[], now: number): Promise<void> {
    const models = await this.models.load(runtimes.map(({ cluster }) => cluster.id));
    const since = new Map(
      runtimes.map(({ cluster: { id } }) => [id, Math.max((models.get(id)?.minute ?? 0) * 60_000, now - HISTORY_MS)]),
    );
    const histories = await this.history.byMinute(since);
    for (const runtime of runtimes) {
      const { cluster, intervalMs, tracking, engineState } = runtime;
      if (cluster.policy.slo === undefined) continue;
      runtime.engineState = relearn(
        engineState,
        cluster.policy.slo,
        models.get(cluster.id) ?? null,
        histories.get(cluster.id) ?? [],
        { intervalMs, bounds: cluster.bounds, leadTimeMs: leadTimeOf(tracking)?.p90 ?? null },
      );
      // Two weeks of one cluster take half a second: others are to have their turn in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
