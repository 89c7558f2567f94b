import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { IsDuration } from '#http';
import { PATTERN_KINDS, type PatternKind } from '#world';

export class SpikeRequest {
  @ApiProperty({
    example: 95,
    minimum: 1,
    maximum: 10_000,
    description: 'CPU % that the servers active now would reach; above 100 requests are dropped',
  })
  @IsNumber()
  @Min(1)
  @Max(10_000)
  readonly cpu_target!: number;

  @ApiProperty({ example: '2m', description: 'time from the start until it begins to fall' })
  @IsDuration({ min: '1s', max: '30d' })
  readonly duration!: string;

  @ApiPropertyOptional({ example: '10s', default: '0s', description: 'ramp up, within duration' })
  @IsOptional()
  @IsDuration({ max: '30d' })
  readonly ramp_up?: string;

  @ApiPropertyOptional({ example: '10s', default: '0s', description: 'ramp down, after duration' })
  @IsOptional()
  @IsDuration({ max: '30d' })
  readonly ramp_down?: string;
}

export class SpikeDto {
  @ApiProperty({ format: 'date-time' })
  readonly starts_at!: string;

  @ApiProperty({ format: 'date-time' })
  readonly ends_at!: string;

  @ApiProperty({ example: 240, description: 'requests per second that it adds at its peak' })
  readonly peak_load!: number;
}

/** A load pattern; docs/simulator.md describes the parameters of each. */
export class PatternRequest {
  @ApiProperty({ enum: PATTERN_KINDS, example: 'daily' })
  @IsIn(PATTERN_KINDS)
  readonly pattern!: PatternKind;

  @ApiPropertyOptional({ example: 0.5, minimum: 0, maximum: 1, description: 'swing, as a share of the base load' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly amplitude?: number;

  @ApiPropertyOptional({ example: '1h', description: 'of sine_wave, random and gradual_rise' })
  @IsOptional()
  @IsDuration({ min: '1s', max: '365d' })
  readonly period?: string;

  @ApiPropertyOptional({
    example: 14,
    minimum: 0,
    maximum: 24,
    description: 'UTC hour of the highest load of daily and weekly',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(24)
  readonly peak_hour?: number;

  @ApiPropertyOptional({
    example: 0.4,
    minimum: 0,
    maximum: 10,
    description: 'load of a weekend day as a share of a weekday’s',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10)
  readonly weekend?: number;

  @ApiPropertyOptional({
    example: 3,
    minimum: 0,
    maximum: 1000,
    description: 'factor of gradual_rise',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1000)
  readonly factor?: number;

  @ApiPropertyOptional({ example: 'nab_elb_requests_5min.csv', description: 'a file of data/traces, for trace' })
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, { message: 'trace must be the name of a file of data/traces' })
  readonly trace?: string;

  @ApiPropertyOptional({
    example: 8,
    minimum: 0,
    maximum: 100_000,
    description: 'servers needed at the 99th percentile of the trace',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100_000)
  readonly peak_servers?: number;

  @ApiPropertyOptional({
    example: 24,
    minimum: 0.001,
    maximum: 1_000_000,
    description: 'how many times faster than virtual time it runs',
  })
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(1_000_000)
  readonly compression?: number;

  @ApiPropertyOptional({
    example: 0.02,
    minimum: 0,
    maximum: 1,
    description: 'second-to-second noise, as a share of the load',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly noise?: number;
}

export class KillServersRequest {
  @ApiProperty({ example: 1, minimum: 1, maximum: 10_000, description: 'active servers that crash' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly count!: number;
}

export class KilledServersDto {
  @ApiProperty({ type: [String], example: ['srv-3'] })
  readonly servers!: readonly string[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export class RequestsDto {
  @ApiProperty({ example: 420 })
  readonly offered!: number;

  @ApiProperty({ example: 400 })
  readonly served!: number;

  @ApiProperty({ example: 20 })
  readonly dropped!: number;
}

/** A simulated cluster as its simulator knows it, beyond its metrics. */
export class SimulationDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ enum: PATTERN_KINDS, example: 'steady' })
  readonly pattern!: PatternKind;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { amplitude: 0.5, peak_hour: 14, compression: 1 },
  })
  readonly pattern_parameters!: Readonly<Record<string, string | number>>;

  @ApiProperty({ type: [SpikeDto], description: 'active spikes' })
  readonly spikes!: readonly SpikeDto[];

  @ApiProperty({ type: RequestsDto, description: 'requests per second, now' })
  readonly load!: RequestsDto;

  @ApiProperty({ type: RequestsDto, description: 'requests since the simulated cluster was created' })
  readonly requests!: RequestsDto;

  @ApiProperty({ example: 100, description: 'requests per second that one server can serve' })
  readonly capacity!: number;

  @ApiProperty({ example: 4 })
  readonly active!: number;

  @ApiProperty({ example: 1 })
  readonly provisioning!: number;
}
