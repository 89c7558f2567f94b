import { Injectable } from '@nestjs/common';
import { type Principal, reaches } from '#auth';
import { clusterNotFound } from '#clusters';
import type { ClusterStatusDto } from './cluster-status.dto.js';
import { ClusterStatusRepository } from './cluster-status.repository.js';

/** How one cluster is. */
@Injectable()
export class ClusterStatusService {
  constructor(private readonly statuses: ClusterStatusRepository) {}

  /** @throws NotFoundError for another's cluster as for none */
  async get(principal: Principal, id: string): Promise<ClusterStatusDto> {
    const found = await this.statuses.find(id);
    if (found === null || !reaches(principal, found.cluster.ownerId)) throw clusterNotFound();
    return found.status;
  }
}
