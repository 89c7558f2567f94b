import { Inject, Injectable } from '@nestjs/common';
import type { Caller, Principal } from '#auth';
import { ClustersService } from '#clusters';
import type { Cluster } from '#clusters';
import { NotFoundError } from '#http';
import type { CandidateDto, SetCandidateDto } from './candidate.dto.js';

/** Policies that are tried beside the acting one. */
@Injectable()
export class CandidateService {
  constructor(@Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>) {}

  async get(principal: Principal, clusterId: string): Promise<CandidateDto> {
    await this.clusters.get(principal, clusterId);
    throw new NotFoundError('candidate_not_found', 'the cluster has no candidate policy');
  }

  async set(caller: Caller, clusterId: string, _dto: SetCandidateDto): Promise<CandidateDto> {
    return this.get(caller, clusterId);
  }

  async adopt(caller: Caller, clusterId: string): Promise<Cluster> {
    await this.get(caller, clusterId);
    return this.clusters.get(caller, clusterId);
  }

  async remove(caller: Caller, clusterId: string): Promise<void> {
    await this.get(caller, clusterId);
  }
}
