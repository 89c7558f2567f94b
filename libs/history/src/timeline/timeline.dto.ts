import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { NumberInQuery, TimeRangeQuery } from '#http';

export class TimelineQuery extends TimeRangeQuery {
  @ApiPropertyOptional({ minimum: 10, maximum: 2000, default: 600, description: 'maximum number of points' })
  @IsOptional()
  @NumberInQuery()
  @IsInt()
  @Min(10)
  @Max(2000)
  readonly points: number = 600;
}

const NULLABLE_NUMBERS = { type: 'array', items: { type: 'number', nullable: true } } as const;

/** Forecasts in columns of equal length: entry `i` of each column belongs to the same time of forecast. */
export class TimelineForecastsDto {
  @ApiProperty({ type: [String], format: 'date-time', description: 'when it was made' })
  readonly timestamps!: readonly string[];

  @ApiProperty({ type: [Number], description: 'horizon, in milliseconds' })
  readonly horizon_ms!: readonly number[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'median of the highest demand over the horizon' })
  readonly p50!: readonly (number | null)[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: '99 % quantile of the highest demand over the horizon' })
  readonly p99!: readonly (number | null)[];

  @ApiProperty({ type: [Number], description: 'the demand that the plan covers' })
  readonly upper!: readonly number[];
}

/** A cluster over time, in columns of equal length: entry `i` of each belongs to `timestamps[i]`. */
export class TimelineDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly from!: string;

  @ApiProperty({ format: 'date-time' })
  readonly to!: string;

  @ApiProperty({ example: 10_000, description: 'length of the buckets, in milliseconds' })
  readonly step_ms!: number;

  @ApiProperty({ enum: ['observations', 'minute', 'hour'], description: 'table that was read' })
  readonly source!: 'observations' | 'minute' | 'hour';

  @ApiProperty({ type: [String], format: 'date-time', description: 'last tick of the bucket, oldest first' })
  readonly timestamps!: readonly string[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: "servers' worth of capacity" })
  readonly demand!: readonly (number | null)[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'the highest of the bucket' })
  readonly demand_max!: readonly (number | null)[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'mean CPU %' })
  readonly cpu!: readonly (number | null)[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'the highest CPU % of any server in the bucket' })
  readonly cpu_max!: readonly (number | null)[];

  @ApiProperty({ type: [Number], description: 'active servers' })
  readonly active!: readonly number[];

  @ApiProperty({ type: [Number], description: 'fewest active servers of the bucket' })
  readonly active_min!: readonly number[];

  @ApiProperty({ type: [Number] })
  readonly provisioning!: readonly number[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'null: older than the retention of ticks' })
  readonly draining!: readonly (number | null)[];

  @ApiProperty({ ...NULLABLE_NUMBERS, description: 'the desired count' })
  readonly desired!: readonly (number | null)[];

  @ApiProperty({
    ...NULLABLE_NUMBERS,
    description: 'the count that another autoscaler wanted; null: there was none, or that was not known',
  })
  readonly theirs!: readonly (number | null)[];

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'HorizontalPodAutoscaler web',
    description: 'the other autoscaler, the last one of the range; null: none',
  })
  readonly theirs_by!: string | null;

  @ApiProperty({
    ...NULLABLE_NUMBERS,
    description: 'the count of the policy on trial; null: none was on trial then',
  })
  readonly trial!: readonly (number | null)[];

  @ApiProperty({
    ...NULLABLE_NUMBERS,
    description:
      'servers that a Kubernetes HPA with the target `hpa_target` would have run, the mean of the bucket; null: no service level took part',
  })
  readonly hpa!: readonly (number | null)[];

  @ApiProperty({ example: 60, description: 'CPU target of that HPA, percent' })
  readonly hpa_target!: number;

  @ApiProperty({ type: TimelineForecastsDto })
  readonly forecasts!: TimelineForecastsDto;
}
