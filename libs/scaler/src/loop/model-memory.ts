import { Injectable } from '@nestjs/common';
import { isRestorable, relearn } from '#engine';
import type { Learnable, SloPolicy, StoredModel } from '#engine';
import { ObservationRepository } from '#metrics';
import { ClusterModelRepository } from './cluster-model.repository.js';
import type { PolicyLane } from './cluster-memory.js';
import type { KnownCluster } from './cluster-registry.js';
import { leadTimeOf } from './tracking.js';

/** The model forgets demand older than this; only its calibration and weights depend on more. */
const HISTORY_MS = 14 * 86_400_000;

/** An acting lane with its model restored. */
export interface RecalledLane {
  readonly lane: PolicyLane;
  /** A stored model is invalid, and the lane knows no more than before; `null`: restored. */
  readonly error: Error | null;
}

/** Restores models of lanes: the stored model first, then recorded observations since. */
@Injectable()
export class ModelMemory {
  constructor(
    private readonly models: ClusterModelRepository,
    private readonly observations: ObservationRepository,
  ) {}

  /** The acting lanes of these clusters, in order. Two queries in total; throws when the database is unreachable. */
  async recall(clusters: readonly KnownCluster[], now: number): Promise<readonly RecalledLane[]> {
    const recalled: RecalledLane[] = [];
    const models = await this.usable(clusters);
    const since = new Map(
      clusters.map(({ cluster: { id } }) => [id, Math.max((models.get(id)?.minute ?? 0) * 60_000, now - HISTORY_MS)]),
    );
    const histories = await this.observations.byMinute(since);
    for (const known of clusters) {
      const { id } = known.cluster;
      const { acting } = known.memory;
      try {
        const lane = taught(known, acting, models.get(id) ?? null, histories.get(id) ?? [], now);
        recalled.push({ lane, error: null });
      } catch (error) {
        recalled.push({ lane: { ...acting, ready: true }, error: error as Error });
      }
      // Replaying two weeks of one cluster takes half a second: yield to the event loop in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return recalled;
  }

  /** What was observed of a cluster after its model was stored. */
  async observedSince(clusterId: string, { minute }: StoredModel): Promise<readonly Learnable[]> {
    return (await this.observations.byMinute(new Map([[clusterId, minute * 60_000]]))).get(clusterId) ?? [];
  }

  /** The acting lane with another model, which first learns what was observed since. */
  learned(known: KnownCluster, model: StoredModel, history: readonly Learnable[], now: number): PolicyLane {
    return taught(known, known.memory.acting, model, history, now);
  }

  /** The lane of a policy on trial, ready to decide; throws when the database is unreachable. */
  async prepareTrial(known: KnownCluster, candidate: PolicyLane, now: number): Promise<PolicyLane> {
    const { id } = known.cluster;
    const history = (await this.observations.byMinute(new Map([[id, now - HISTORY_MS]]))).get(id) ?? [];
    return taught(known, candidate, null, history, now);
  }

  /**
   * Skips models that are damaged, or belong to another promise or an older engine; those are learned again from the
   * history.
   */
  private async usable(clusters: readonly KnownCluster[]): Promise<ReadonlyMap<string, StoredModel>> {
    const models = await this.models.load(clusters.map(({ cluster }) => cluster.id));
    for (const { cluster } of clusters) {
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

function taught(
  { cluster, memory, schedule }: KnownCluster,
  lane: PolicyLane,
  model: StoredModel | null,
  history: readonly Learnable[],
  now: number,
): PolicyLane {
  const { policy, state } = lane;
  if (policy.slo === undefined) return { ...lane, ready: true };
  const leadTimeMs = leadTimeOf(memory.tracking, now)?.plannedMs ?? null;
  const setting = { intervalMs: schedule.intervalMs, bounds: cluster.bounds, leadTimeMs };
  const { policies } = relearn({ ...memory.common, policies: state }, policy.slo, model, history, setting);
  return { policy, state: policies, ready: true };
}
