import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsDuration, IsTime } from '#http';
import { ForecastScoresDto } from '#scaler';

export class TrustQuery {
  @ApiPropertyOptional({ example: '7d', default: '7d', description: 'how far back, from 1h to 30d' })
  @IsOptional()
  @IsDuration({ min: '1h', max: '30d' })
  readonly range: string = '7d';

  @ApiPropertyOptional({ description: 'end of the range (RFC 3339); default now', example: '2026-01-06T00:00:00Z' })
  @IsOptional()
  @IsTime()
  readonly to?: string;
}

/** Scores of the forecasts of one horizon within a time range. */
export class TrustBucketDto extends ForecastScoresDto {
  @ApiProperty({ format: 'date-time', description: 'when the bucket begins' })
  readonly timestamp!: string;

  @ApiProperty({
    example: 0.1,
    description: 'share of the forecasts during which a simple rule decided',
  })
  readonly reactive!: number;
}

export class TrustHorizonDto {
  @ApiProperty({ example: 180_000, description: 'how far the forecasts look ahead, milliseconds' })
  readonly horizon_ms!: number;

  @ApiProperty({ type: TrustBucketDto, description: 'the whole range' })
  readonly total!: TrustBucketDto;

  @ApiProperty({ type: [TrustBucketDto], description: 'oldest first; buckets without a checked forecast are absent' })
  readonly buckets!: readonly TrustBucketDto[];
}

/** The promise as the source of the metrics measures it. No decision uses it. */
export class MeasuredDto {
  @ApiProperty({ format: 'date-time', description: 'first observation of the range' })
  readonly from!: string;

  @ApiProperty({ format: 'date-time', description: 'last observation of the range' })
  readonly to!: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 4_300_000,
    description: 'requests while both counts were known; null: never',
  })
  readonly requests!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 17_200, description: 'of these, slow or failed ones' })
  readonly bad!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.004,
    description: 'share of slow or failed requests, weighted by requests; null: unknown, or there were no requests',
  })
  readonly share!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.01,
    description: 'share that the service level allows now; null without one',
  })
  readonly promised!: number | null;

  @ApiProperty({ example: 0.98, description: 'share of the observations in which both counts were known' })
  readonly covered!: number;
}

export class TrustDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly from!: string;

  @ApiProperty({ format: 'date-time' })
  readonly to!: string;

  @ApiProperty({ example: 21_600, description: 'length of a bucket' })
  readonly bucket_seconds!: number;

  @ApiProperty({ type: [TrustHorizonDto], description: 'shortest horizon first; empty if no policy forecasts' })
  readonly horizons!: readonly TrustHorizonDto[];

  @ApiProperty({
    type: MeasuredDto,
    nullable: true,
    description: 'how users were served; null if the source counts no slow or failed requests',
  })
  readonly measured!: MeasuredDto | null;

  @ApiProperty({
    example: 0.75,
    description: 'coverage of the 90 % quantile over about a day below which forecasts are demoted',
  })
  readonly demoted_below!: number;

  @ApiProperty({
    example: 'Forecasts hold: 91 % of what came stayed below their 90 % quantile.',
    description: 'summary in plain words',
  })
  readonly summary!: string;
}
