import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { REPLAYED_HPA_TARGET } from '#engine';
import { timeRangeOf } from '#http';
import { ObservationAggregateRepository, ObservationRepository } from '#metrics';
import { DecisionRepository, ForecastRepository } from '#scaler';
import { held } from './held.js';
import { resolutionFor } from './resolution.js';
import type { TimelineDto, TimelineQuery } from './timeline.dto.js';

const LONGEST_RANGE = '400d';

/** A cluster over time: everything that the page shows on one time axis. */
@Injectable()
export class TimelineService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly observations: ObservationRepository,
    private readonly aggregates: ObservationAggregateRepository,
    private readonly forecasts: ForecastRepository,
    private readonly decisions: DecisionRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws BadRequestError for a range that is empty or too long */
  async get(principal: Principal, clusterId: string, query: TimelineQuery): Promise<TimelineDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = timeRangeOf(query, this.clock.now(), '1h', LONGEST_RANGE);
    const { stepMs, source } = resolutionFor(range.to.getTime() - range.from.getTime(), query.points);
    const columns =
      source === 'observations'
        ? await this.observations.timeline(clusterId, range, stepMs)
        : await this.aggregates.timeline(source, clusterId, range, stepMs);
    const { hpa, ...forecasts } = await this.forecasts.timeline(clusterId, range, stepMs);
    const beside = await this.decisions.besideTimeline(clusterId, range, stepMs, columns.timestamps);
    return {
      cluster_id: clusterId,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      step_ms: stepMs,
      source,
      ...columns,
      ...beside,
      hpa: held({ ...forecasts, values: hpa }, columns.timestamps, stepMs),
      hpa_target: 100 * REPLAYED_HPA_TARGET,
      forecasts,
    };
  }
}
