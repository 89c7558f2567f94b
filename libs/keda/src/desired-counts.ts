import { Inject, Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { type Cluster, ClusterRepository } from '#clusters';
import { APP_CONFIG, type AppConfig, Clock, durationWords } from '#config';
import { writtenHalf } from '#providers';
import { ClusterStateRepository } from '#scaler';
import type { ScaledObjectRef } from './external-scaler.definition.js';
import { ScalerError } from './scaler.error.js';

/** A desired count is out of date after this many intervals without a tick ... */
const MISSED_TICKS = 3;
/** ... but never before this. */
const LEAST_AGE_MS = 60_000;

/** The desired count of a cluster that KEDA scales. */
@Injectable()
export class DesiredCounts {
  constructor(
    private readonly clusters: ClusterRepository,
    private readonly states: ClusterStateRepository,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'collector'>,
  ) {}

  /**
   * The count that the last tick left in force: what was requested last, also while acting is frozen, held or paused.
   *
   * @throws ScalerError if there is no such count. The HPA then keeps its count, or follows other triggers upward only.
   */
  async of(ref: ScaledObjectRef): Promise<number> {
    const { id, policy, config } = await this.clusterOf(ref);
    if (policy.mode === 'recommend')
      throw new ScalerError('FAILED_PRECONDITION', `the policy of cluster ${id} only recommends; set its mode to act`);
    const [state] = await this.states.load([id]);
    const desired = state?.tracking.desired ?? null;
    if (state === undefined || desired === null)
      throw new ScalerError('UNAVAILABLE', `cluster ${id} has no desired count yet: its servers were not read so far`);
    const ageMs = this.clock.now() - state.tickedAt;
    if (ageMs > Math.max(LEAST_AGE_MS, MISSED_TICKS * (config.intervalMs ?? this.config.collector.interval)))
      throw new ScalerError(
        'UNAVAILABLE',
        `the desired count of cluster ${id} is ${durationWords(ageMs)} old: the service does not tick it`,
      );
    return desired;
  }

  /**
   * The cluster that a trigger names.
   *
   * @throws ScalerError where there is none that this ScaledObject may follow
   */
  async clusterOf({ namespace, scalerMetadata }: ScaledObjectRef): Promise<Cluster> {
    const { cluster: id = '' } = scalerMetadata;
    if (!isUUID(id))
      throw new ScalerError('INVALID_ARGUMENT', "the trigger's metadata must have `cluster`, the id of a cluster");
    const cluster = await this.clusters.find(id);
    const target = cluster === null ? null : writtenHalf(cluster.provider, 'target');
    // The same answer for what is not there: counts of other namespaces cannot be probed.
    if (cluster === null || target?.type !== 'keda' || target['namespace'] !== namespace)
      throw new ScalerError(
        'NOT_FOUND',
        `there is no cluster ${id} whose target is of the type keda in namespace ${namespace}`,
      );
    return cluster;
  }
}
