import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { RecordedForecast } from './forecast.repository.js';

export class ForecastDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time', description: 'When it was made', example: '2026-01-05T12:00:00.000Z' })
  readonly timestamp!: string;

  @ApiProperty({ format: 'date-time', description: 'End of the horizon', example: '2026-01-05T12:02:00.000Z' })
  readonly until!: string;

  @ApiProperty({ example: 120_000, description: 'Horizon, in milliseconds' })
  readonly horizon_ms!: number;

  @ApiProperty({ example: 'quantile-regression' })
  readonly model!: string;

  @ApiProperty({ example: 0.98, description: 'The quantile that the plan covers' })
  readonly level!: number;

  @ApiProperty({ example: 13.2, description: "Demand at that quantile, in servers' worth of capacity" })
  readonly upper!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 11.2, '0.9': 13 },
    description: 'The highest demand over the horizon, by quantile level',
  })
  readonly quantiles!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 11.9,
    description: 'The highest demand that followed; null while none is observed',
  })
  readonly came_true!: number | null;

  @ApiProperty({ description: 'Whether the horizon has passed, so that `came_true` is final', example: true })
  readonly complete!: boolean;
}

export class ForecastListDto {
  @ApiProperty({ type: [ForecastDto] })
  readonly forecasts!: readonly ForecastDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'Pass it as `cursor` for the next page; absent on the last one' })
  readonly next_cursor?: string;
}

export function toForecastDto(clusterId: string, row: RecordedForecast, now: number): ForecastDto {
  const { at, horizon_ms, model, level, upper, quantiles, came_true } = row;
  const until = at.getTime() + horizon_ms;
  return {
    cluster_id: clusterId,
    timestamp: at.toISOString(),
    until: new Date(until).toISOString(),
    horizon_ms,
    model,
    level,
    upper,
    quantiles,
    came_true,
    complete: until <= now,
  };
}
