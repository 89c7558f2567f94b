import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClustersService } from '#clusters';
import type { ServiceLevelDto } from '#clusters';

/** How the service level of a cluster stands, from what its last tick left. */
@Injectable()
export class ServiceLevelService {
  constructor(@Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>) {}

  async get(principal: Principal, clusterId: string): Promise<ServiceLevelDto> {
    const { policy } = await this.clusters.get(principal, clusterId);
    return {
      cluster_id: clusterId,
      policy: policy.slo === undefined ? 'threshold' : 'slo',
      promise: null,
      budget: null,
      trust: null,
      lead_time: {
        count: 0,
        p50_ms: null,
        p90_ms: null,
        max_ms: null,
        planned_ms: 120_000,
        quantile: 0.9,
        samples: [],
      },
      model: { state: 'none', since: null, step_seconds: null, age_ms: null, summary: 'Nothing was learnt yet.' },
    };
  }
}
