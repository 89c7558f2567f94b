import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { NotFoundError } from '#http';
import { ClusterRepository } from './cluster.repository.js';

/** Who sees which cluster: its owner and admins. To anybody else it does not exist. */
@Injectable()
export class ClusterAccess {
  constructor(private readonly clusters: ClusterRepository) {}

  /** Also for clusters that were deleted, whose history stays. @throws NotFoundError */
  async assertVisible(principal: Principal, clusterId: string): Promise<void> {
    const ownerId = await this.clusters.ownerOf(clusterId);
    if (ownerId === null || !mayTouch(principal, ownerId)) throw clusterNotFound();
  }
}

export function mayTouch(principal: Principal, ownerId: string): boolean {
  return principal.role === 'admin' || principal.id === ownerId;
}

/** The same answer for another's cluster as for none, so that nobody learns which ids exist. */
export function clusterNotFound(): NotFoundError {
  return new NotFoundError('cluster_not_found', 'cluster not found');
}
