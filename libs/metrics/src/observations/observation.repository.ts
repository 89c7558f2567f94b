import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { inColumns, rfc3339, rounded } from '#database';
import type { TimeRange } from '#http';
import type { BucketDto } from '../query/metrics.dto.js';
import { ObservationEntity } from './observation.entity.js';
import { TIMELINE_COLUMNS, type ObservationTimeline } from './observation-timeline.js';

/** What a cluster demanded at a time; milliseconds since the epoch. */
export interface SeenDemand {
  readonly at: number;
  readonly demand: number;
}

/** The mean demand of a cluster in one of several buckets, counted from the first. */
export interface DemandBucket {
  readonly clusterId: string;
  readonly bucket: number;
  readonly demand: number | null;
}

const TIMELINE = `
  SELECT time_bucket($4::interval, at) AS bucket, max(at) AS at, ${rounded('avg(demand)')} AS demand, ${rounded('max(demand)')} AS demand_max,
         ${rounded('avg(cpu)')} AS cpu, ${rounded('max(cpu_max)')} AS cpu_max, ${rounded('avg(active)')} AS active, min(active) AS active_min,
         max(provisioning) AS provisioning, max(draining) AS draining, last(desired, at) AS desired
    FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3 GROUP BY 1`;

/** What ticks observed. */
@Injectable()
export class ObservationRepository {
  constructor(@InjectRepository(ObservationEntity) private readonly observations: Repository<ObservationEntity>) {}

  /**
   * A piece for statements of others: the newest observation.
   *
   * @param clusterId SQL
   * @param after SQL of a time; only an observation after it
   */
  static newestOf(clusterId: string, after?: string): string {
    const isNew = after === undefined ? '' : ` AND at > ${after}`;
    return `(SELECT * FROM observations WHERE cluster_id = ${clusterId}${isNew} ORDER BY at DESC LIMIT 1)`;
  }

  /**
   * A piece for statements of others: the highest demand in a stretch of time, `NULL` while nothing was observed.
   *
   * @param clusterId SQL, like the times; `from` itself is left out
   */
  static highestDemandOf(clusterId: string, from: string, to: string): string {
    return `(SELECT max(demand) FROM observations WHERE cluster_id = ${clusterId} AND at > ${from} AND at <= ${to})`;
  }

  /** Summaries by time, oldest first; for ranges that are too short for an aggregate, or too close to the present. */
  async buckets(
    clusterId: string,
    { from, to }: TimeRange,
    bucketMinutes: number,
    limit: number,
  ): Promise<BucketDto[]> {
    return this.observations.query(
      `SELECT ${rfc3339('bucket')} AS timestamp, ticks, cpu_avg, cpu_max, memory_avg, memory_max, request_rate_avg, request_rate_max,
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

  async timeline(clusterId: string, { from, to }: TimeRange, stepMs: number): Promise<ObservationTimeline> {
    const [row] = await this.observations.query<[ObservationTimeline]>(inColumns(TIMELINE, TIMELINE_COLUMNS), [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
    ]);
    return row;
  }

  /** The first observation of each minute, which is the one that taught the engine, oldest first; times in milliseconds since the epoch. */
  async demandByMinute(clusterId: string, from: number, to: number): Promise<SeenDemand[]> {
    return this.observations.query(
      `SELECT DISTINCT ON (date_trunc('minute', at)) (extract(epoch FROM at) * 1000)::float8 AS at, demand
         FROM observations
        WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000) AND demand IS NOT NULL
        ORDER BY date_trunc('minute', at), observations.at`,
      [clusterId, from, to],
    );
  }

  /** One statement for all clusters: their demand since a time (milliseconds since the epoch), in buckets of `stepMs`. */
  async demandSince(clusterIds: readonly string[], since: number, stepMs: number): Promise<DemandBucket[]> {
    return this.observations.query(
      `SELECT cluster_id AS "clusterId", floor((extract(epoch FROM at) * 1000 - $2::float8) / $3::float8)::int AS bucket,
              avg(demand)::float8 AS demand
         FROM observations WHERE cluster_id = ANY ($1::uuid[]) AND at >= to_timestamp($2::float8 / 1000)
        GROUP BY 1, 2`,
      [clusterIds, since, stepMs],
    );
  }
}
