import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Forecast } from '#engine';

export interface ForecastRow {
  readonly clusterId: string;
  readonly forecast: Forecast;
}

const INSERT = `INSERT INTO forecasts (at, cluster_id, horizon_ms, model, level, upper, quantiles)
  SELECT to_timestamp(at / 1000.0), cluster_id, horizon_ms, model, level, upper, quantiles
  FROM unnest($1::bigint[], $2::uuid[], $3::int[], $4::text[], $5::real[], $6::float8[], $7::jsonb[])
    AS row (at, cluster_id, horizon_ms, model, level, upper, quantiles)`;

/** Writes the forecasts of a tick. */
@Injectable()
export class ForecastStore {
  /** One statement for all rows. */
  async writeTick(rows: readonly ForecastRow[], manager: EntityManager): Promise<void> {
    if (rows.length === 0) return;
    await manager.query(INSERT, [
      rows.map(({ forecast }) => Math.round(forecast.at)),
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ forecast }) => Math.round(forecast.horizonMs)),
      rows.map(({ forecast }) => forecast.model),
      rows.map(({ forecast }) => forecast.level),
      rows.map(({ forecast }) => forecast.upper),
      rows.map(({ forecast }) => JSON.stringify(forecast.quantiles)),
    ]);
  }
}
