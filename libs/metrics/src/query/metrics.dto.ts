import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { DEFAULT_LIMIT, NumberInQuery, TimeRangeQuery } from '#http';

export class MetricsQuery extends TimeRangeQuery {
  @ApiPropertyOptional({
    minimum: 1,
    maximum: 10_000,
    default: DEFAULT_LIMIT,
    description: 'maximum number of rows, the newest first',
  })
  @IsOptional()
  @NumberInQuery()
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the previous page' })
  @IsOptional()
  @IsString()
  readonly cursor?: string;

  @ApiPropertyOptional({
    default: false,
    description: 'summaries of the cluster by `bucket` instead of samples of its servers',
  })
  @IsOptional()
  // Query parameters are text; anything else stays unchanged and is refused.
  @Transform(({ obj }: { obj: { aggregated?: unknown } }) =>
    obj.aggregated === 'true' ? true : obj.aggregated === 'false' ? false : obj.aggregated,
  )
  @IsBoolean()
  readonly aggregated: boolean = false;

  @ApiPropertyOptional({ minimum: 1, maximum: 1440, default: 5, description: 'minutes' })
  @IsOptional()
  @NumberInQuery()
  @IsInt()
  @Min(1)
  @Max(1440)
  readonly bucket: number = 5;
}

/** One server's sample. */
export class SampleDto {
  @ApiProperty({ format: 'date-time' })
  readonly timestamp!: string;

  @ApiProperty({ example: 'srv-1' })
  readonly server_id!: string;

  @ApiProperty({ type: Number, nullable: true, example: 71.5, description: 'percent; `null`: unknown' })
  readonly cpu_usage!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 44, description: 'percent; `null`: unknown' })
  readonly memory_usage!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 812, description: 'requests per second; `null`: unknown' })
  readonly request_load!: number | null;
}

/** A cluster over a time range. Percent, requests per second of the whole cluster, servers. */
export class BucketDto {
  @ApiProperty({ format: 'date-time', description: 'when the bucket begins' })
  readonly timestamp!: string;

  @ApiProperty({ example: 30 })
  readonly ticks!: number;

  @ApiProperty({ type: Number, nullable: true })
  readonly cpu_avg!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly cpu_max!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly memory_avg!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly memory_max!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly request_rate_avg!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly request_rate_max!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly demand_avg!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly demand_max!: number | null;

  @ApiProperty()
  readonly servers_avg!: number;

  @ApiProperty()
  readonly servers_min!: number;

  @ApiProperty()
  readonly servers_max!: number;
}

export class MetricsDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: [Object], description: 'samples, or summaries when aggregated; oldest first' })
  readonly metrics!: readonly (SampleDto | BucketDto)[];

  @ApiProperty({ example: 100 })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'pass it as `cursor` for older rows; absent where there are none' })
  readonly next_cursor?: string;

  @ApiPropertyOptional({
    enum: ['samples', 'observations', 'minute', 'hour'],
    description: 'table that was read',
  })
  readonly source!: 'samples' | 'observations' | 'minute' | 'hour';
}

export class LatestMetricsDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly timestamp!: string | null;

  @ApiProperty({ type: [SampleDto], description: 'the newest sample of each server' })
  readonly servers!: readonly SampleDto[];

  @ApiProperty({ example: 4 })
  readonly count!: number;
}
