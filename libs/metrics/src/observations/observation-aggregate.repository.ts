import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { inColumns, rfc3339, rounded } from '#database';
import type { TimeRange } from '#http';
import type { BucketDto } from '../query/metrics.dto.js';
import { ObservationsByMinuteEntity } from './observation-aggregate.entity.js';
import { TIMELINE_COLUMNS, type ObservationTimeline } from './observation-timeline.js';

const DAY_MS = 86_400_000;

/** Bucket sizes of the aggregates. */
export type AggregateStep = 'minute' | 'hour';

export interface RecordedDemand {
  /** Mean demand by minute, servers; minutes without an observation are missing. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** Share of the minutes (0 to 1) in which the cluster was saturated: their demand is a lower bound. */
  readonly saturated: number;
}

/**
 * The aggregates do not contain draining servers, and no column can be added to them. So that is read from the ticks, of which few have
 * a draining server (a partial index finds them), within the retention of ticks; older values are unknown (`NULL`), which is not zero.
 */
const timelineBy = (step: AggregateStep): string => `
  SELECT summed.*, CASE WHEN summed.at >= (SELECT min(at) FROM observations WHERE cluster_id = $1) THEN coalesce(leaving.draining, 0) END AS draining
    FROM (SELECT time_bucket($4::interval, bucket) AS bucket, max(bucket) AS at,
                 ${rounded('sum(demand_sum) / nullif(sum(demand_count), 0)')} AS demand, ${rounded('max(demand_max)')} AS demand_max,
                 ${rounded('sum(cpu_sum) / nullif(sum(cpu_count), 0)')} AS cpu, ${rounded('max(cpu_max)')} AS cpu_max,
                 ${rounded('sum(active_sum) / sum(ticks)')} AS active, min(active_min) AS active_min,
                 max(provisioning_max) AS provisioning, last(desired_last, bucket) AS desired
            FROM observations_by_${step} AS buckets WHERE cluster_id = $1 AND buckets.bucket >= $2 AND buckets.bucket < $3 GROUP BY 1) summed
    LEFT JOIN (SELECT time_bucket($4::interval, at) AS bucket, max(draining) AS draining
                 FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3 AND draining > 0 GROUP BY 1) leaving USING (bucket)`;

/** The continuous aggregates of observations. Means are exact, because sums and counts are kept. */
@Injectable()
export class ObservationAggregateRepository {
  constructor(
    @InjectRepository(ObservationsByMinuteEntity) private readonly aggregates: Repository<ObservationsByMinuteEntity>,
  ) {}

  /** Summaries by time, oldest first. */
  async buckets(
    step: AggregateStep,
    clusterId: string,
    { from, to }: TimeRange,
    bucketMinutes: number,
    limit: number,
  ): Promise<BucketDto[]> {
    return this.aggregates.query(
      `SELECT ${rfc3339('wide')} AS timestamp, ticks, cpu_avg, cpu_max, memory_avg, memory_max, request_rate_avg, request_rate_max,
              demand_avg, demand_max, servers_avg, servers_min, servers_max
         FROM (SELECT time_bucket($4::interval, bucket) AS wide, sum(ticks)::int AS ticks,
                      (sum(cpu_sum) / nullif(sum(cpu_count), 0))::float8 AS cpu_avg, max(cpu_max) AS cpu_max,
                      (sum(memory_sum) / nullif(sum(memory_count), 0))::float8 AS memory_avg, max(memory_max) AS memory_max,
                      (sum(request_rate_sum) / nullif(sum(request_rate_count), 0))::float8 AS request_rate_avg,
                      max(request_rate_max) AS request_rate_max,
                      (sum(demand_sum) / nullif(sum(demand_count), 0))::float8 AS demand_avg, max(demand_max) AS demand_max,
                      (sum(active_sum) / sum(ticks))::float8 AS servers_avg, min(active_min) AS servers_min, max(active_max) AS servers_max
                 FROM observations_by_${step} WHERE cluster_id = $1 AND bucket >= $2 AND bucket < $3
                GROUP BY 1 ORDER BY 1 DESC LIMIT $5) newest
        ORDER BY wide`,
      [clusterId, from, to, `${bucketMinutes} minutes`, limit],
    );
  }

  async timeline(
    step: AggregateStep,
    clusterId: string,
    { from, to }: TimeRange,
    stepMs: number,
  ): Promise<ObservationTimeline> {
    const [row] = await this.aggregates.query<[ObservationTimeline]>(inColumns(timelineBy(step), TIMELINE_COLUMNS), [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
    ]);
    return row;
  }

  /**
   * The demand of a cluster, for a backtest.
   *
   * @param from inclusive, milliseconds since the epoch
   * @param to exclusive
   */
  async demand(clusterId: string, from: number, to: number): Promise<RecordedDemand> {
    const rows = await this.aggregates.query<{ at: number; value: number; saturated: boolean }[]>(
      `SELECT (extract(epoch FROM bucket) * 1000)::float8 AS at, demand_sum / demand_count AS value, saturated_ticks > 0 AS saturated
         FROM observations_by_minute
        WHERE cluster_id = $1 AND bucket >= to_timestamp($2::float8 / 1000) AND bucket < to_timestamp($3::float8 / 1000) AND demand_count > 0
        ORDER BY bucket`,
      [clusterId, from, to],
    );
    return {
      points: rows.map(({ at, value }) => ({ at, value })),
      saturated: rows.length === 0 ? 0 : rows.filter(({ saturated }) => saturated).length / rows.length,
    };
  }

  /**
   * Recomputes the whole buckets of a time range (milliseconds since the epoch) in both aggregates. Later ones must stay
   * as they are: a bucket that is still being filled would be taken for complete. A day at a time, because the embedded
   * database answers nothing else meanwhile.
   */
  async refresh(from: number, to: number): Promise<void> {
    for (const step of ['minute', 'hour'] as const) {
      for (let start = from - (from % DAY_MS); start < to; start += DAY_MS) {
        const end = Math.min(start + DAY_MS, to);
        await this.aggregates.query(
          `CALL refresh_continuous_aggregate('observations_by_${step}', to_timestamp(${start / 1000}), to_timestamp(${end / 1000}))`,
        );
      }
    }
  }

  /** Minutes of the range (as in `demand`) with known demand. */
  async countMinutes(clusterId: string, from: number, to: number): Promise<number> {
    const [{ count }] = await this.aggregates.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM observations_by_minute
        WHERE cluster_id = $1 AND bucket >= to_timestamp($2::float8 / 1000) AND bucket < to_timestamp($3::float8 / 1000) AND demand_count > 0`,
      [clusterId, from, to],
    );
    return count;
  }
}
