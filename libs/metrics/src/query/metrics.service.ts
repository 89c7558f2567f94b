import { Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import { Clock } from '#config';
import { type TimeRange, timeRangeOf } from '#http';
import type { LatestMetricsDto, MetricsDto, MetricsQuery } from './metrics.dto.js';
import { MetricsRepository } from './metrics.repository.js';

const HOUR_MS = 3_600_000;
/** Longer ranges read an aggregate: a day of ticks each 10 s is 8,640 observations. */
const OBSERVATIONS_UP_TO_MS = 3 * HOUR_MS;

/** What was measured. */
@Injectable()
export class MetricsService {
  constructor(
    private readonly access: ClusterAccess,
    private readonly metrics: MetricsRepository,
    private readonly clock: Clock,
  ) {}

  async range(principal: Principal, clusterId: string, query: MetricsQuery): Promise<MetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = timeRangeOf(query, this.clock.now(), '1h');
    if (!query.aggregated) {
      const samples = await this.metrics.samples(clusterId, range, query.limit);
      return { cluster_id: clusterId, metrics: samples, count: samples.length, source: 'samples' };
    }
    const source = sourceFor(range, query.bucket);
    const buckets =
      source === 'observations'
        ? await this.metrics.fromObservations(clusterId, range, query.bucket, query.limit)
        : await this.metrics.fromAggregate(source, clusterId, range, query.bucket, query.limit);
    return { cluster_id: clusterId, metrics: buckets, count: buckets.length, source };
  }

  async latest(principal: Principal, clusterId: string): Promise<LatestMetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const servers = await this.metrics.latest(clusterId, new Date(this.clock.now()));
    return { cluster_id: clusterId, timestamp: servers[0]?.timestamp ?? null, servers, count: servers.length };
  }

  /** By hour, by default of the last day. */
  async hourly(principal: Principal, clusterId: string, query: MetricsQuery): Promise<MetricsDto> {
    await this.access.assertVisible(principal, clusterId);
    const range = timeRangeOf(query, this.clock.now(), '24h');
    const buckets = await this.metrics.fromAggregate('hour', clusterId, range, 60, query.limit);
    return { cluster_id: clusterId, metrics: buckets, count: buckets.length, source: 'hour' };
  }
}

/** The coarsest that still answers exactly: short ranges from the ticks themselves, whole hours from hours, the rest from minutes. */
export function sourceFor({ from, to }: TimeRange, bucketMinutes: number): 'observations' | 'minute' | 'hour' {
  if (to.getTime() - from.getTime() <= OBSERVATIONS_UP_TO_MS) return 'observations';
  return bucketMinutes % 60 === 0 ? 'hour' : 'minute';
}
