import { Injectable } from '@nestjs/common';
import { type Principal, reaches } from '#auth';
import { clusterNotFound } from '#clusters';
import type { ClusterStatusDto } from './cluster-status.dto.js';
import { ClusterStatusRepository } from './cluster-status.repository.js';

/** State of one cluster. */
@Injectable()
export class ClusterStatusService {
  constructor(private readonly statuses: ClusterStatusRepository) {}

  /** @throws NotFoundError also for another owner's cluster */
  async get(principal: Principal, id: string): Promise<ClusterStatusDto> {
    const found = await this.statuses.find(id);
    if (found === null || !reaches(principal, found.cluster.ownerId)) throw clusterNotFound();
    return found.status;
  }
}
