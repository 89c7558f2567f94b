import { Inject, Injectable } from '@nestjs/common';
import { onlyOwner, type Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { cutPage, type HistoryQuery, periodOf } from '#http';
import { toHistoryPage } from '../paging.js';
import { toScalingEventDto, toScalingEventStatsDto } from './scaling-event.dto.js';
import type { ScalingEventListDto, ScalingEventStatsDto } from './scaling-event.dto.js';
import { ScalingEventRepository } from './scaling-event.repository.js';
import type { RecordedEvent } from './scaling-event.repository.js';

/** Scaling events of clusters. */
@Injectable()
export class ScalingEventService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly events: ScalingEventRepository,
    private readonly clock: Clock,
  ) {}

  async list(principal: Principal, clusterId: string, query: HistoryQuery): Promise<ScalingEventListDto> {
    await this.access.assertVisible(principal, clusterId);
    return toList(await this.events.list(clusterId, toHistoryPage(query, this.clock.now())), query.limit);
  }

  async stats(principal: Principal, clusterId: string, query: HistoryQuery): Promise<ScalingEventStatsDto> {
    await this.access.assertVisible(principal, clusterId);
    const { from, to } = periodOf(query, this.clock.now());
    const totals = await this.events.totals(clusterId, from, to);
    return toScalingEventStatsDto(clusterId, totals);
  }

  /** Events of all clusters that the caller may read. */
  async recent(principal: Principal, query: HistoryQuery): Promise<ScalingEventListDto> {
    return toList(await this.events.recent(onlyOwner(principal), toHistoryPage(query, this.clock.now())), query.limit);
  }
}

function toList(found: readonly RecordedEvent[], limit: number): ScalingEventListDto {
  const { rows, nextCursor } = cutPage(found, limit, ({ at, id }) => ({ at: new Date(at).toISOString(), id }));
  return {
    events: rows.map(toScalingEventDto),
    count: rows.length,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}
