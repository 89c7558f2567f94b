import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Principal, reaches } from '#auth';
import { NotFoundError } from '#http';
import { ClusterRepository } from './cluster.repository.js';

/** The owner of a cluster never changes, not even after its deletion, so that it can be cached. */
const KNOWN_OWNERS = 10_000;

/** Access to clusters: for the owner, admins, and readers of all. For other users a cluster does not exist. */
@Injectable()
export class ClusterAccess {
  private readonly owners = new LRUCache<string, string>({ max: KNOWN_OWNERS });

  constructor(private readonly clusters: ClusterRepository) {}

  /** Also for clusters that were deleted, whose history stays. @throws NotFoundError */
  async assertVisible(principal: Principal, clusterId: string): Promise<void> {
    const ownerId = this.owners.get(clusterId) ?? (await this.readOwner(clusterId));
    if (ownerId === null || !reaches(principal, ownerId)) throw clusterNotFound();
  }

  private async readOwner(clusterId: string): Promise<string | null> {
    const ownerId = await this.clusters.ownerOf(clusterId);
    if (ownerId !== null) this.owners.set(clusterId, ownerId);
    return ownerId;
  }
}

/** The same error for a cluster of another user as for a missing one, so that ids cannot be probed. */
export function clusterNotFound(): NotFoundError {
  return new NotFoundError('cluster_not_found', 'cluster not found');
}
