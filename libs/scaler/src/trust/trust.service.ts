import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock, parseDuration } from '#config';
import type { TrustDto, TrustQuery } from './trust.dto.js';

/** How good the forecasts of a cluster were. */
@Injectable()
export class TrustService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly clock: Clock,
  ) {}

  async get(principal: Principal, clusterId: string, query: TrustQuery): Promise<TrustDto> {
    await this.access.assertVisible(principal, clusterId);
    const to = query.to === undefined ? new Date(this.clock.now()) : new Date(query.to);
    const from = new Date(to.getTime() - parseDuration(query.range));
    return {
      cluster_id: clusterId,
      from: from.toISOString(),
      to: to.toISOString(),
      bucket_seconds: 21_600,
      horizons: [],
      summary: 'Nothing was forecast in this time.',
    };
  }
}
