import { Inject, Injectable } from '@nestjs/common';
import { ClusterRepository } from '#clusters';
import { ScaleTarget } from '#providers';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';

/** A cluster behind an endpoint, whichever instance ticks it. */
export interface Neighbor {
  readonly clusterId: string;
  readonly endpoint: string;
  /** Milliseconds since the epoch; `null`: never. */
  readonly tickedAt: number | null;
}

/** All clusters that are ticked, of all instances. */
@Injectable()
export class Census {
  constructor(
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'listByProvider'>,
    private readonly states: ClusterStateRepository,
    @Inject(ScaleTarget) private readonly target: Pick<ScaleTarget, 'endpointOf'>,
  ) {}

  async take(): Promise<readonly Neighbor[]> {
    const groups = await this.clusters.listByProvider();
    const tickedAt = await this.states.tickedAt(groups.flatMap(({ clusterIds }) => clusterIds));
    return groups.flatMap(({ provider, clusterIds }) => {
      const endpoint = this.target.endpointOf({ id: '', provider });
      return clusterIds.map((clusterId) => ({ clusterId, endpoint, tickedAt: tickedAt.get(clusterId) ?? null }));
    });
  }
}
