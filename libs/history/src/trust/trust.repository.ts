import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { MadeForecast, SeenDemand } from './score.js';

/** Reads forecasts and what the engine saw after them. Times in milliseconds since the epoch. */
@Injectable()
export class TrustRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Oldest first. */
  async forecasts(clusterId: string, from: number, to: number): Promise<MadeForecast[]> {
    return this.dataSource.query(
      `SELECT (extract(epoch FROM at) * 1000)::float8 AS at, horizon_ms AS "horizonMs", model, quantiles
         FROM forecasts
        WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000)
        ORDER BY at`,
      [clusterId, from, to],
    );
  }

  /** The first look of each minute, which is the one that taught the engine, oldest first. */
  async demand(clusterId: string, from: number, to: number): Promise<SeenDemand[]> {
    return this.dataSource.query(
      `SELECT DISTINCT ON (date_trunc('minute', at)) (extract(epoch FROM at) * 1000)::float8 AS at, demand
         FROM observations
        WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000) AND demand IS NOT NULL
        ORDER BY date_trunc('minute', at), observations.at`,
      [clusterId, from, to],
    );
  }
}
