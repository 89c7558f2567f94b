import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { TimeRange } from '#http';
import type { Resolution } from './resolution.js';
import type { TimelineDto, TimelineForecastsDto } from './timeline.dto.js';

type Columns = Pick<
  TimelineDto,
  | 'timestamps'
  | 'demand'
  | 'demand_max'
  | 'cpu'
  | 'cpu_max'
  | 'active'
  | 'active_min'
  | 'provisioning'
  | 'draining'
  | 'desired'
>;
type ColumnName = keyof Columns;

const COLUMNS: readonly ColumnName[] = [
  'timestamps',
  'demand',
  'demand_max',
  'cpu',
  'cpu_max',
  'active',
  'active_min',
  'provisioning',
  'draining',
  'desired',
];
const FORECAST_COLUMNS = ['timestamps', 'horizon_ms', 'p50', 'p99', 'upper'] as const;
const RFC3339 = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
/** What a page draws needs no more digits, and digits are most of what it loads. */
const rounded = (expression: string): string => `round((${expression})::numeric, 3)::float8`;

const FROM_TICKS = `
  SELECT time_bucket($4::interval, at) AS bucket, max(at) AS at, ${rounded('avg(demand)')} AS demand, ${rounded('max(demand)')} AS demand_max,
         ${rounded('avg(cpu)')} AS cpu, ${rounded('max(cpu_max)')} AS cpu_max, ${rounded('avg(active)')} AS active, min(active) AS active_min,
         max(provisioning) AS provisioning, max(draining) AS draining, last(desired, at) AS desired
    FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3 GROUP BY 1`;

/**
 * The aggregates do not sum up who was leaving, and cannot be given another column. So that is read from the ticks, of which few saw
 * somebody leave (an index of their own finds them), as long as ticks are kept; what is older is not known (`NULL`), which is not none.
 */
const fromAggregate = (view: 'minute' | 'hour'): string => `
  SELECT summed.*, CASE WHEN summed.at >= (SELECT min(at) FROM observations WHERE cluster_id = $1) THEN coalesce(leaving.draining, 0) END AS draining
    FROM (SELECT time_bucket($4::interval, bucket) AS bucket, max(bucket) AS at,
                 ${rounded('sum(demand_sum) / nullif(sum(demand_count), 0)')} AS demand, ${rounded('max(demand_max)')} AS demand_max,
                 ${rounded('sum(cpu_sum) / nullif(sum(cpu_count), 0)')} AS cpu, ${rounded('max(cpu_max)')} AS cpu_max,
                 ${rounded('sum(active_sum) / sum(ticks)')} AS active, min(active_min) AS active_min,
                 max(provisioning_max) AS provisioning, last(desired_last, bucket) AS desired
            FROM observations_by_${view} AS buckets WHERE cluster_id = $1 AND buckets.bucket >= $2 AND buckets.bucket < $3 GROUP BY 1) summed
    LEFT JOIN (SELECT time_bucket($4::interval, at) AS bucket, max(draining) AS draining
                 FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3 AND draining > 0 GROUP BY 1) leaving USING (bucket)`;

const FORECASTS = `
  SELECT max(at) AS at, last(horizon_ms, at) AS horizon_ms, ${rounded("avg((quantiles->>'0.5')::float8)")} AS p50,
         ${rounded("avg((quantiles->>'0.99')::float8)")} AS p99, ${rounded('avg(upper)')} AS upper
    FROM forecasts WHERE cluster_id = $1 AND at >= $2 AND at < $3 GROUP BY time_bucket($4::interval, at)`;

/** Reads timelines; the database makes the columns, so that a long answer is made once. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly dataSource: DataSource) {}

  async columns(clusterId: string, { from, to }: TimeRange, { stepMs, source }: Resolution): Promise<Columns> {
    const rows = source === 'observations' ? FROM_TICKS : fromAggregate(source);
    return this.select<Columns>(rows, COLUMNS, [clusterId, from, to, `${stepMs} milliseconds`]);
  }

  async forecasts(clusterId: string, { from, to }: TimeRange, stepMs: number): Promise<TimelineForecastsDto> {
    return this.select<TimelineForecastsDto>(FORECASTS, FORECAST_COLUMNS, [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
    ]);
  }

  private async select<T>(rows: string, columns: readonly string[], parameters: readonly unknown[]): Promise<T> {
    const arrays = columns.map((column) => {
      const value = column === 'timestamps' ? `to_char(at AT TIME ZONE 'UTC', ${RFC3339})` : column;
      return `coalesce(jsonb_agg(${value} ORDER BY at), '[]') AS ${column}`;
    });
    const [row] = await this.dataSource.query<[T]>(`SELECT ${arrays.join(', ')} FROM (${rows}) rows`, [...parameters]);
    return row;
  }
}
