import { Injectable } from '@nestjs/common';
import { Clock } from '#config';
import type { StoredModel } from '#engine';
import { ClusterRegistry } from '../loop/cluster-registry.js';
import { ModelMemory } from '../loop/model-memory.js';

/** Puts a learned model into force in a running cluster. */
@Injectable()
export class ModelAdoption {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly models: ModelMemory,
    private readonly clock: Clock,
  ) {}

  /**
   * Replaces the model of the acting policy between two ticks, after it learned what was observed since.
   *
   * @returns whether this instance ticks the cluster; otherwise the model is restored where it is ticked next
   */
  async adopt(clusterId: string, model: StoredModel): Promise<boolean> {
    const history = await this.models.observedSince(clusterId, model);
    do await this.registry.released((id) => id === clusterId);
    while (this.registry.get(clusterId)?.schedule.busy === true);
    const known = this.registry.get(clusterId);
    if (known === undefined) return false;
    const { acting } = known.memory;
    this.registry.replaceLane(
      clusterId,
      'acting',
      acting,
      this.models.learned(known, model, history, this.clock.now()),
    );
    return true;
  }
}
