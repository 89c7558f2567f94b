import { Injectable } from '@nestjs/common';
import { onlyOwner, type Principal } from '#auth';
import { ClusterRepository } from '#clusters';

/** Which clusters an account may see. */
@Injectable()
export class VisibleClusters {
  constructor(private readonly clusters: ClusterRepository) {}

  /** Those of the clusters (`null`: of all) that exist and that the account may see. */
  async of(principal: Principal, ids: readonly string[] | null): Promise<string[]> {
    return this.clusters.idsOf(onlyOwner(principal), ids);
  }
}
