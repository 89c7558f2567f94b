import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock, parseDuration } from '#config';
import { BadRequestError } from '#http';
import { resolutionFor } from './resolution.js';
import type { TimelineDto, TimelineQuery } from './timeline.dto.js';
import { TimelineRepository, type TimelineRange } from './timeline.repository.js';

const LONGEST_RANGE_MS = 400 * 86_400_000;

/** A cluster over time: everything that one time axis shows. */
@Injectable()
export class TimelineService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly timelines: TimelineRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws BadRequestError for a range that is empty or too long */
  async get(principal: Principal, clusterId: string, query: TimelineQuery): Promise<TimelineDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = this.rangeOf(query);
    const resolution = resolutionFor(range.to.getTime() - range.from.getTime(), query.points);
    const columns = await this.timelines.columns(clusterId, range, resolution);
    const forecasts = await this.timelines.forecasts(clusterId, range, resolution.stepMs);
    return {
      cluster_id: clusterId,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      step_ms: resolution.stepMs,
      source: resolution.source,
      ...columns,
      forecasts,
    };
  }

  private rangeOf({ from, to, range }: TimelineQuery): TimelineRange {
    const end = to === undefined ? new Date(this.clock.now()) : new Date(to);
    const start = from === undefined ? new Date(end.getTime() - parseDuration(range)) : new Date(from);
    if (start >= end) throw refused('from', 'from must be before to');
    if (end.getTime() - start.getTime() > LONGEST_RANGE_MS)
      throw refused('range', 'the range must be at most 400 days');
    return { from: start, to: end };
  }
}

function refused(field: string, error: string): BadRequestError {
  return new BadRequestError('validation_failed', error, [{ field, error }]);
}
