import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClustersService, formatPercent, policyToWire } from '#clusters';
import { serviceLevelState, toLeadTimeDto } from './service-level.mapping.js';
import type { ServiceLevelDto } from './service-level.dto.js';
import { Clock } from '#config';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';

const KINDS = ['slo', 'target_tracking', 'threshold', 'schedule'] as const;

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
    const wire = policyToWire(policy);
    const { slo } = policy;
    const { budget, trust, model } = serviceLevelState(
      slo === undefined ? null : (stored?.engineState ?? null),
      this.clock.now(),
    );
    return {
      cluster_id: clusterId,
      policy: KINDS.find((kind) => wire[kind] !== undefined) ?? 'slo',
      promise:
        slo === undefined
          ? null
          : {
              violations: formatPercent(slo.violations),
              max_utilization: formatPercent(slo.maxUtilization),
              max_actions_per_day: slo.maxActionsPerDay,
            },
      budget,
      trust,
      lead_time: toLeadTimeDto(stored?.tracking.leadTimes ?? []),
      model,
    };
  }
}
