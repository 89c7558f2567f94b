import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Principal, reaches } from '#auth';
import { NotFoundError } from '#http';
import { ClusterRepository } from './cluster.repository.js';

/** A cluster keeps its owner for ever, also when it is deleted: what was read once needs no reading again. */
const KNOWN_OWNERS = 10_000;

/** Who reaches which cluster: its owner, admins, and readers of all. To anybody else it does not exist. */
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

/** The same answer for another's cluster as for none, so that nobody learns which ids exist. */
export function clusterNotFound(): NotFoundError {
  return new NotFoundError('cluster_not_found', 'cluster not found');
}
