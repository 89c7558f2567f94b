import { Injectable } from '@nestjs/common';
import { onlyOwner, type Principal } from '#auth';
import { Clock } from '#config';
import type { ClusterOverviewDto } from './cluster-overview.dto.js';
import { ClusterOverviewRepository } from './cluster-overview.repository.js';

/** State of all clusters. */
@Injectable()
export class ClusterOverviewService {
  constructor(
    private readonly overviews: ClusterOverviewRepository,
    private readonly clock: Clock,
  ) {}

  /** All clusters that the caller may see. */
  async list(principal: Principal): Promise<ClusterOverviewDto[]> {
    return this.overviews.list(onlyOwner(principal), this.clock.now());
  }
}
