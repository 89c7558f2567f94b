import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Cursor, TimeRange } from '#http';
import type { BucketDto, SampleDto } from './metrics.dto.js';

const RFC3339 = `to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const timestamp = (column: string): string => RFC3339.replace('%s', column);

/** A sample older than this says nothing of how a cluster is now. */
const LATEST_WITHIN = '15 minutes';

/** Rows come out as they go on the wire, so that a long answer is made once, by the database. */
@Injectable()
export class MetricsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The newest `limit` samples of the range, oldest first.
   *
   * @param before only those that are older than this one, or as old and of a server before it in the alphabet
   */
  async samples(
    clusterId: string,
    { from, to }: TimeRange,
    before: Cursor | undefined,
    limit: number,
  ): Promise<SampleDto[]> {
    return this.dataSource.query(
      `SELECT ${timestamp('at')} AS timestamp, server_id, cpu AS cpu_usage, memory AS memory_usage, request_rate AS request_load
         FROM (SELECT * FROM samples
                WHERE cluster_id = $1 AND at >= $2 AND at < $3
                  AND ($5::timestamptz IS NULL OR at < $5 OR (at = $5 AND server_id < $6))
                ORDER BY at DESC, server_id DESC LIMIT $4) newest
        ORDER BY at, server_id`,
      [clusterId, from, to, limit, before?.at ?? null, before?.id ?? null],
    );
  }

  /** The newest sample of each server that has one of late. */
  async latest(clusterId: string, now: Date): Promise<SampleDto[]> {
    return this.dataSource.query(
      `SELECT ${timestamp('at')} AS timestamp, server_id, cpu AS cpu_usage, memory AS memory_usage, request_rate AS request_load
         FROM samples
        WHERE cluster_id = $1 AND at = (SELECT max(at) FROM samples WHERE cluster_id = $1 AND at > $2::timestamptz - INTERVAL '${LATEST_WITHIN}')
        ORDER BY server_id`,
      [clusterId, now],
    );
  }

  /** Summaries straight from the observations: for ranges too short for any aggregate to be far off the present. */
  async fromObservations(
    clusterId: string,
    { from, to }: TimeRange,
    bucketMinutes: number,
    limit: number,
  ): Promise<BucketDto[]> {
    return this.dataSource.query(
      `SELECT ${timestamp('bucket')} AS timestamp, ticks, cpu_avg, cpu_max, memory_avg, memory_max, request_rate_avg, request_rate_max,
              demand_avg, demand_max, servers_avg, servers_min, servers_max
         FROM (SELECT time_bucket($4::interval, at) AS bucket, count(*)::int AS ticks,
                      avg(cpu)::float8 AS cpu_avg, max(cpu_max) AS cpu_max, avg(memory)::float8 AS memory_avg, max(memory_max) AS memory_max,
                      avg(request_rate) AS request_rate_avg, max(request_rate) AS request_rate_max,
                      avg(demand) AS demand_avg, max(demand) AS demand_max,
                      avg(active)::float8 AS servers_avg, min(active) AS servers_min, max(active) AS servers_max
                 FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3
                GROUP BY 1 ORDER BY 1 DESC LIMIT $5) newest
        ORDER BY bucket`,
      [clusterId, from, to, `${bucketMinutes} minutes`, limit],
    );
  }

  /** Summaries from a continuous aggregate; means are exact, because it keeps sums and counts. */
  async fromAggregate(
    view: 'minute' | 'hour',
    clusterId: string,
    { from, to }: TimeRange,
    bucketMinutes: number,
    limit: number,
  ): Promise<BucketDto[]> {
    return this.dataSource.query(
      `SELECT ${timestamp('wide')} AS timestamp, ticks, cpu_avg, cpu_max, memory_avg, memory_max, request_rate_avg, request_rate_max,
              demand_avg, demand_max, servers_avg, servers_min, servers_max
         FROM (SELECT time_bucket($4::interval, bucket) AS wide, sum(ticks)::int AS ticks,
                      (sum(cpu_sum) / nullif(sum(cpu_count), 0))::float8 AS cpu_avg, max(cpu_max) AS cpu_max,
                      (sum(memory_sum) / nullif(sum(memory_count), 0))::float8 AS memory_avg, max(memory_max) AS memory_max,
                      (sum(request_rate_sum) / nullif(sum(request_rate_count), 0))::float8 AS request_rate_avg,
                      max(request_rate_max) AS request_rate_max,
                      (sum(demand_sum) / nullif(sum(demand_count), 0))::float8 AS demand_avg, max(demand_max) AS demand_max,
                      (sum(active_sum) / sum(ticks))::float8 AS servers_avg, min(active_min) AS servers_min, max(active_max) AS servers_max
                 FROM observations_by_${view} WHERE cluster_id = $1 AND bucket >= $2 AND bucket < $3
                GROUP BY 1 ORDER BY 1 DESC LIMIT $5) newest
        ORDER BY wide`,
      [clusterId, from, to, `${bucketMinutes} minutes`, limit],
    );
  }
}
