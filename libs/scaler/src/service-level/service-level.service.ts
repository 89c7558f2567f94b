import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClustersService, policyKindsOf } from '#clusters';
import { reportOf, toLeadTimeDto, toPromiseDto, toServiceLevelState } from './service-level.mapping.js';
import type { ServiceLevelDto } from './service-level.dto.js';
import { Clock } from '#config';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';

/** State of a cluster's service level, from its last tick. */
@Injectable()
export class ServiceLevelService {
  constructor(
    @Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>,
    private readonly states: ClusterStateRepository,
    private readonly clock: Clock,
  ) {}

  async get(principal: Principal, clusterId: string): Promise<ServiceLevelDto> {
    const { policy } = await this.clusters.get(principal, clusterId);
    const [stored] = await this.states.load([clusterId]);
    const now = this.clock.now();
    const report = policy.slo === undefined ? null : reportOf(stored?.engineState ?? null);
    const { budget, trust, model } = toServiceLevelState(report, now);
    return {
      cluster_id: clusterId,
      policy: policyKindsOf(policy)[0] ?? 'slo',
      promise: toPromiseDto(policy),
      budget,
      trust,
      lead_time: toLeadTimeDto(stored?.tracking, report, now),
      model,
    };
  }
}
