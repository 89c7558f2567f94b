import { Injectable } from '@nestjs/common';
import { isRestorable, relearn } from '#engine';
import type { Setting, SloPolicy, StoredModel } from '#engine';
import { ObservationHistory } from '#metrics';
import { ClusterModelStore } from './cluster-model.store.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { leadTimeOf } from './tracking.js';

/** What the model remembers of demand; only its books and weights know of more. */
const HISTORY_MS = 14 * 86_400_000;

/** A cluster whose engine knows no more than before. */
export interface Unrecalled {
  readonly runtime: ClusterRuntime;
  readonly error: Error;
}

/** Puts what a cluster's engine has learnt back into a state that was stored without it. */
@Injectable()
export class ModelMemory {
  constructor(
    private readonly models: ClusterModelStore,
    private readonly history: ObservationHistory,
  ) {}

  /**
   * All in two queries; throws when the database cannot say, and nothing is changed then.
   *
   * @returns those of which what the database says makes no sense
   */
  async recall(runtimes: readonly ClusterRuntime[], now: number): Promise<Unrecalled[]> {
    const unrecalled: Unrecalled[] = [];
    const models = await this.usable(runtimes);
    const since = new Map(
      runtimes.map(({ cluster: { id } }) => [id, Math.max((models.get(id)?.minute ?? 0) * 60_000, now - HISTORY_MS)]),
    );
    const histories = await this.history.byMinute(since);
    for (const runtime of runtimes) {
      const { cluster, engineState } = runtime;
      if (cluster.policy.slo === undefined) continue;
      try {
        runtime.engineState = relearn(
          engineState,
          cluster.policy.slo,
          models.get(cluster.id) ?? null,
          histories.get(cluster.id) ?? [],
          settingOf(runtime, now),
        );
      } catch (error) {
        unrecalled.push({ runtime, error: error as Error });
      }
      // Two weeks of one cluster take half a second: others are to have their turn in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return unrecalled;
  }

  /** Teaches a policy on trial what there is to know; throws when the database cannot say. */
  async prepareTrial(runtime: ClusterRuntime, now: number): Promise<void> {
    const { candidate, cluster, engineState } = runtime;
    if (candidate?.policy.slo === undefined) return;
    const history = (await this.history.byMinute(new Map([[cluster.id, now - HISTORY_MS]]))).get(cluster.id) ?? [];
    const state = { ...engineState, policies: candidate.policies };
    const { policies } = relearn(state, candidate.policy.slo, null, history, settingOf(runtime, now));
    // Meanwhile it may have been adopted, replaced or given up.
    if (runtime.candidate === candidate) runtime.candidate = { ...candidate, policies, isReady: true };
  }

  /** One that is damaged, or was learnt for another promise or by an older engine, would hide the history that it was learnt from. */
  private async usable(runtimes: readonly ClusterRuntime[]): Promise<ReadonlyMap<string, StoredModel>> {
    const models = await this.models.load(runtimes.map(({ cluster }) => cluster.id));
    for (const { cluster } of runtimes) {
      const model = models.get(cluster.id);
      const { slo } = cluster.policy;
      if (model !== undefined && (slo === undefined || !isUsable(model, slo))) models.delete(cluster.id);
    }
    return models;
  }
}

function isUsable(model: StoredModel, slo: SloPolicy): boolean {
  try {
    return isRestorable(model, slo);
  } catch {
    return false;
  }
}

function settingOf({ intervalMs, cluster, tracking }: ClusterRuntime, now: number): Setting {
  return { intervalMs, bounds: cluster.bounds, leadTimeMs: leadTimeOf(tracking, now)?.plannedMs ?? null };
}
