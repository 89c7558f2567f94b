import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { cutPage, type Cursor, decodeCursor, type TimeRange, timeRangeOf } from '#http';
import { ObservationAggregateRepository } from '../observations/observation-aggregate.repository.js';
import { ObservationRepository } from '../observations/observation.repository.js';
import { SampleRepository } from '../samples/sample.repository.js';
import type { BucketDto, LatestMetricsDto, MetricsDto, MetricsQuery, SampleDto } from './metrics.dto.js';

const HOUR_MS = 3_600_000;
/** Longer ranges read an aggregate: a day of ticks each 10 s is 8,640 observations. */
const OBSERVATIONS_UP_TO_MS = 3 * HOUR_MS;

/** Queries on samples and observations. */
@Injectable()
export class MetricsService {
  constructor(
    private readonly access: ClusterAccess,
    private readonly sampled: SampleRepository,
    private readonly observations: ObservationRepository,
    private readonly aggregates: ObservationAggregateRepository,
    private readonly clock: Clock,
  ) {}

  async range(principal: Principal, clusterId: string, query: MetricsQuery): Promise<MetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = timeRangeOf(query, this.clock.now(), '1h');
    const cursor = cursorOf(query);
    const limit = query.limit + 1;
    if (!query.aggregated) {
      const samples = await this.sampled.list(clusterId, range, cursor, limit);
      return toDto(clusterId, 'samples', samples, query.limit);
    }
    const source = sourceFor(range, query.bucket);
    const left = upTo(range, cursor);
    const buckets =
      source === 'observations'
        ? await this.observations.buckets(clusterId, left, query.bucket, limit)
        : await this.aggregates.buckets(source, clusterId, left, query.bucket, limit);
    return toDto(clusterId, source, buckets, query.limit);
  }

  async latest(principal: Principal, clusterId: string): Promise<LatestMetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const servers = await this.sampled.latest(clusterId, new Date(this.clock.now()));
    return { cluster_id: clusterId, timestamp: servers[0]?.timestamp ?? null, servers, count: servers.length };
  }

  /** By hour, by default of the last day. */
  async hourly(principal: Principal, clusterId: string, query: MetricsQuery): Promise<MetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = timeRangeOf(query, this.clock.now(), '24h');
    const left = upTo(range, cursorOf(query));
    const buckets = await this.aggregates.buckets('hour', clusterId, left, 60, query.limit + 1);
    return toDto(clusterId, 'hour', buckets, query.limit);
  }
}

function cursorOf({ cursor }: MetricsQuery): Cursor | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, 'text');
}

/** The part of a range that is older than the last bucket of a page. */
function upTo({ from, to }: TimeRange, cursor: Cursor | undefined): TimeRange {
  return { from, to: cursor === undefined ? to : new Date(Math.min(to.getTime(), Date.parse(cursor.at))) };
}

/** @param rows oldest first, one more than `limit` where there are older ones */
function toDto(
  clusterId: string,
  source: MetricsDto['source'],
  rows: readonly (SampleDto | BucketDto)[],
  limit: number,
): MetricsDto {
  const { rows: page, nextCursor } = cutPage(rows.toReversed(), limit, (row) => ({
    at: row.timestamp,
    id: 'server_id' in row ? row.server_id : '',
  }));
  return {
    cluster_id: clusterId,
    metrics: page.toReversed(),
    count: page.length,
    source,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}

/** The coarsest source with exact answers: short ranges from ticks, whole hours from the hourly aggregate, the rest from minutes. */
export function sourceFor({ from, to }: TimeRange, bucketMinutes: number): 'observations' | 'minute' | 'hour' {
  if (to.getTime() - from.getTime() <= OBSERVATIONS_UP_TO_MS) return 'observations';
  return bucketMinutes % 60 === 0 ? 'hour' : 'minute';
}
