import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface RecordedDemand {
  /** Mean demand by minute, servers; minutes without a look at the cluster are missing. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** Share of the minutes (0 to 1) in which the cluster was saturated at some time: demand was at least what is told. */
  readonly saturated: number;
}

/** What a cluster was asked to do, for playing it again. */
@Injectable()
export class DemandHistory {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param from inclusive, milliseconds since the epoch
   * @param to exclusive
   */
  async between(clusterId: string, from: number, to: number): Promise<RecordedDemand> {
    const rows = await this.dataSource.query<{ at: number; value: number; saturated: boolean }[]>(
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

  /** Minutes of the range (as in `between`) of which demand is known. */
  async countMinutes(clusterId: string, from: number, to: number): Promise<number> {
    const [{ count }] = await this.dataSource.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM observations_by_minute
        WHERE cluster_id = $1 AND bucket >= to_timestamp($2::float8 / 1000) AND bucket < to_timestamp($3::float8 / 1000) AND demand_count > 0`,
      [clusterId, from, to],
    );
    return count;
  }
}
