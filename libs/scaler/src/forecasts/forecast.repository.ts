import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { inColumns, rounded } from '#database';
import type { Forecast } from '#engine';
import type { TimeRange } from '#http';
import { ObservationRepository } from '#metrics';
import type { HistoryPage } from '../paging.js';
import { ForecastEntity } from './forecast.entity.js';

export interface ForecastRow {
  readonly clusterId: string;
  readonly forecast: Forecast;
  /** Servers that a Kubernetes HPA would have by then; `null`: not known. */
  readonly hpa: number | null;
}

const INSERT = `INSERT INTO forecasts (at, cluster_id, horizon_ms, model, level, upper, quantiles, hpa_desired)
  SELECT to_timestamp(at / 1000.0), cluster_id, horizon_ms, model, level, upper, quantiles, hpa_desired
  FROM unnest($1::bigint[], $2::uuid[], $3::int[], $4::text[], $5::real[], $6::float8[], $7::jsonb[], $8::int[])
    AS row (at, cluster_id, horizon_ms, model, level, upper, quantiles, hpa_desired)`;

/** A recorded forecast and the demand observed since. */
export interface RecordedForecast {
  readonly at: Date;
  readonly horizon_ms: number;
  readonly model: string;
  readonly level: number;
  readonly upper: number;
  readonly quantiles: Readonly<Record<string, number>>;
  /** The highest demand observed over the horizon so far; `null` if none was observed. */
  readonly came_true: number | null;
}

/** A forecast as made; times in milliseconds since the epoch. */
export interface MadeForecast {
  readonly at: number;
  readonly horizonMs: number;
  readonly model: string;
  /** Keyed by probability as stored: `'0.5'`, `'0.9'`, ... */
  readonly quantiles: Readonly<Record<string, number>>;
}

/** Forecasts by time, in columns of equal length: entry `i` of each column belongs to the same time of forecast. */
export interface ForecastTimeline {
  readonly timestamps: readonly string[];
  readonly horizon_ms: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly upper: readonly number[];
  /** Servers that a Kubernetes HPA would have then. */
  readonly hpa: readonly (number | null)[];
}

const TIMELINE_COLUMNS: readonly (keyof ForecastTimeline)[] = [
  'timestamps',
  'horizon_ms',
  'p50',
  'p99',
  'upper',
  'hpa',
];
const TIMELINE = `
  SELECT max(at) AS at, last(horizon_ms, at) AS horizon_ms, ${rounded("avg((quantiles->>'0.5')::float8)")} AS p50,
         ${rounded("avg((quantiles->>'0.99')::float8)")} AS p99, ${rounded('avg(upper)')} AS upper,
         ${rounded('avg(hpa_desired)')} AS hpa
    FROM forecasts WHERE cluster_id = $1 AND at >= $2 AND at < $3 GROUP BY time_bucket($4::interval, at)`;

/** Stores the forecasts of ticks, and compares them with observed demand. */
@Injectable()
export class ForecastRepository {
  constructor(@InjectRepository(ForecastEntity) private readonly forecasts: Repository<ForecastEntity>) {}

  /** Writes all rows in one statement. */
  async writeTick(rows: readonly ForecastRow[], manager: EntityManager): Promise<void> {
    await manager.query(INSERT, [
      rows.map(({ forecast }) => Math.round(forecast.at)),
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ forecast }) => Math.round(forecast.horizonMs)),
      rows.map(({ forecast }) => forecast.model),
      rows.map(({ forecast }) => forecast.level),
      rows.map(({ forecast }) => forecast.upper),
      rows.map(({ forecast }) => JSON.stringify(forecast.quantiles)),
      rows.map(({ hpa }) => hpa),
    ]);
  }

  /** Newest first. Returns `page.limit` + 1 rows if there are more. */
  async list(clusterId: string, page: HistoryPage): Promise<RecordedForecast[]> {
    const { from, to, after, limit } = page;
    return this.forecasts.query(
      `SELECT f.at, f.horizon_ms, f.model, f.level, f.upper, f.quantiles,
              ${ObservationRepository.highestDemandOf('$1', 'f.at', `f.at + f.horizon_ms * INTERVAL '1 millisecond'`)} AS came_true
        FROM (
          SELECT * FROM forecasts
          WHERE cluster_id = $1
            AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at <= $3)
            AND ($4::timestamptz IS NULL OR at < $4)
          ORDER BY at DESC LIMIT $5
        ) f
        ORDER BY f.at DESC`,
      [clusterId, from, to, after?.at ?? null, limit + 1],
    );
  }

  /** Oldest first; times in milliseconds since the epoch. */
  async between(clusterId: string, from: number, to: number): Promise<MadeForecast[]> {
    return this.forecasts.query(
      `SELECT (extract(epoch FROM at) * 1000)::float8 AS at, horizon_ms AS "horizonMs", model, quantiles
         FROM forecasts
        WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000)
        ORDER BY at`,
      [clusterId, from, to],
    );
  }

  async timeline(clusterId: string, { from, to }: TimeRange, stepMs: number): Promise<ForecastTimeline> {
    const [row] = await this.forecasts.query<[ForecastTimeline]>(inColumns(TIMELINE, TIMELINE_COLUMNS), [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
    ]);
    return row;
  }
}
