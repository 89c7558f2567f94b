import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { HistoryPage } from '../paging.js';

/** A recorded forecast, and what became of it. */
export interface RecordedForecast {
  readonly at: Date;
  readonly horizon_ms: number;
  readonly model: string;
  readonly level: number;
  readonly upper: number;
  readonly quantiles: Readonly<Record<string, number>>;
  /** The highest demand that was observed over the horizon so far; `null` while nothing was. */
  readonly came_true: number | null;
}

/** Reads the forecasts of a cluster. */
@Injectable()
export class ForecastRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first, one more than `page.limit` where there are more. */
  async list(clusterId: string, page: HistoryPage): Promise<RecordedForecast[]> {
    const { from, to, after, limit } = page;
    return this.dataSource.query(
      `SELECT f.at, f.horizon_ms, f.model, f.level, f.upper, f.quantiles, seen.came_true
        FROM (
          SELECT * FROM forecasts
          WHERE cluster_id = $1
            AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at <= $3)
            AND ($4::timestamptz IS NULL OR at < $4)
          ORDER BY at DESC LIMIT $5
        ) f
        CROSS JOIN LATERAL (
          SELECT max(demand) AS came_true FROM observations
          WHERE cluster_id = $1 AND at > f.at AND at <= f.at + f.horizon_ms * INTERVAL '1 millisecond'
        ) seen
        ORDER BY f.at DESC`,
      [clusterId, from, to, after?.at ?? null, limit + 1],
    );
  }
}
