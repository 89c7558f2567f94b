import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { cutPage, type HistoryQuery } from '#http';
import { toHistoryPage } from '../paging.js';
import { toForecastDto } from './forecast.dto.js';
import type { ForecastListDto } from './forecast.dto.js';
import { ForecastRepository } from './forecast.repository.js';

/** Forecasts of a cluster's demand, and how accurate they were. */
@Injectable()
export class ForecastService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly forecasts: ForecastRepository,
    private readonly clock: Clock,
  ) {}

  async list(principal: Principal, clusterId: string, query: HistoryQuery): Promise<ForecastListDto> {
    await this.access.assertVisible(principal, clusterId);
    const now = this.clock.now();
    const found = await this.forecasts.list(clusterId, toHistoryPage(query, now));
    const { rows, nextCursor } = cutPage(found, query.limit, ({ at }) => ({ at: at.toISOString(), id: clusterId }));
    return {
      forecasts: rows.map((row) => toForecastDto(clusterId, row, now)),
      count: rows.length,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    };
  }
}
