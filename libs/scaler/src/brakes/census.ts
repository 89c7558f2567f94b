import { Inject, Injectable } from '@nestjs/common';
import { ClusterRepository } from '#clusters';
import { ProviderSessions } from '#providers';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';

/** A cluster behind an endpoint, whichever instance ticks it. */
export interface Neighbor {
  readonly clusterId: string;
  readonly endpoint: string;
  /** Last recorded tick in milliseconds since the epoch; `null`: never ticked. */
  readonly tickedAt: number | null;
}

/** Lists all ticked clusters of all instances. */
@Injectable()
export class Census {
  constructor(
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'listProvided'>,
    private readonly states: ClusterStateRepository,
    @Inject(ProviderSessions) private readonly providers: Pick<ProviderSessions, 'endpointOf'>,
  ) {}

  async take(): Promise<readonly Neighbor[]> {
    const provided = await this.clusters.listProvided();
    const tickedAt = await this.states.tickedAt(provided.map(({ id }) => id));
    return provided.map(({ id, provider }) => {
      return { clusterId: id, endpoint: this.providers.endpointOf({ provider }), tickedAt: tickedAt.get(id) ?? null };
    });
  }
}
