import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsPercent, PolicyDto, StatedCostDto } from '#clusters';
import { IsDuration, IsPart, IsTime } from '#http';
import { COMPARABLE_NAMES, type ComparableName } from '#world';
import { BACKTEST_STATUSES, type BacktestStatus } from './backtest-status.js';
import { BacktestResultDto } from './backtest-result.dto.js';

/** Characters; about 100 days with a row per minute. */
const LONGEST_TRACE = 4_000_000;

export class BacktestPolicyDto {
  @ApiProperty({ example: 'slo at 0.5 %', description: 'its name in the result' })
  @IsString()
  @Length(1, 60)
  readonly name!: string;

  @ApiProperty({ type: PolicyDto })
  @IsPart(() => PolicyDto)
  readonly policy!: PolicyDto;
}

export class CreateBacktestDto {
  @ApiPropertyOptional({
    example: '7d',
    default: '14d',
    description: 'the recorded history up to `to`; instead of `from`',
  })
  @IsOptional()
  @IsDuration({ min: '10m', max: '365d' })
  readonly range?: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2026-01-05T00:00:00Z' })
  @IsOptional()
  @IsTime()
  readonly from?: string;

  @ApiPropertyOptional({ format: 'date-time', example: '2026-01-19T00:00:00Z', description: 'by default now' })
  @IsOptional()
  @IsTime()
  readonly to?: string;

  @ApiPropertyOptional({
    description: 'demand as CSV with the header `timestamp,value`, instead of the recorded history',
    example: 'timestamp,value\n2026-01-05T00:00:00Z,120\n2026-01-05T00:01:00Z,131\n',
  })
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_TRACE)
  readonly trace?: string;

  @ApiPropertyOptional({
    example: 40,
    description:
      'scales a trace so that its 99th percentile needs this many servers; default 40, at most 60 % of max_servers',
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0.01)
  @Max(100_000)
  readonly peak_servers?: number;

  @ApiPropertyOptional({ type: [BacktestPolicyDto], description: "by default the cluster's own policy" })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(8)
  @ArrayUnique((entry: BacktestPolicyDto) => entry?.name, { message: 'policies must have different names' })
  @IsPart(() => BacktestPolicyDto, { each: true })
  readonly policies?: readonly BacktestPolicyDto[];

  @ApiPropertyOptional({
    example: '120s',
    description: 'time until a new server takes load; default the measured lead time, or 120s before one is measured',
  })
  @IsOptional()
  @IsDuration({ max: '1d' })
  readonly provisioning?: string;

  @ApiPropertyOptional({
    enum: COMPARABLE_NAMES,
    isArray: true,
    description: 'baselines to compare with, by default all; the oracle is always included',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(COMPARABLE_NAMES.length)
  @ArrayUnique({ message: 'compare must name each baseline once' })
  @IsIn(COMPARABLE_NAMES, { each: true })
  readonly compare?: readonly ComparableName[];

  @ApiPropertyOptional({
    type: [String],
    example: ['0.2%', '0.5%', '1%', '2%', '5%'],
    description: 'cost of the service level for each of these shares (the frontier); default as in the example',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(12)
  @ArrayUnique({ message: 'promises must be different' })
  @IsPercent({ min: 0, max: 0.5 }, { each: true })
  readonly promises?: readonly (string | number)[];

  @ApiPropertyOptional({ example: 2, description: "default: the cluster's; at least 1" })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly min_servers?: number;

  @ApiPropertyOptional({ example: 20, description: "by default the cluster's" })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly max_servers?: number;

  @ApiPropertyOptional({ example: '60s', default: '60s', description: 'time between decisions' })
  @IsOptional()
  @IsDuration({ min: '1s', max: '1h' })
  readonly tick?: string;

  @ApiPropertyOptional({ default: 0.02, description: 'error of the metrics, uniform within this share share' })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(0.5)
  readonly noise?: number;

  @ApiPropertyOptional({ default: 1, description: 'seed of the noise' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2 ** 32 - 1)
  readonly seed?: number;
}

/** The request with all defaults filled in. It is stored, so that the result is reproducible. */
export class BacktestRequestDto {
  @ApiProperty({ enum: ['history', 'trace'], description: 'where the demand comes from' })
  readonly source!: 'history' | 'trace';

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null with a trace' })
  readonly from!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null with a trace' })
  readonly to!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 40, description: 'null with history, which is in servers' })
  readonly peak_servers!: number | null;

  @ApiProperty({ type: [BacktestPolicyDto] })
  readonly policies!: readonly BacktestPolicyDto[];

  @ApiProperty({ example: '2m' })
  readonly provisioning!: string;

  @ApiProperty({ enum: COMPARABLE_NAMES, isArray: true })
  readonly compare!: readonly ComparableName[];

  @ApiProperty({ type: [String], example: ['0.2%', '0.5%', '1%', '2%', '5%'] })
  readonly promises!: readonly string[];

  @ApiProperty({ example: 2 })
  readonly min_servers!: number;

  @ApiProperty({ example: 20 })
  readonly max_servers!: number;

  @ApiProperty({ example: '1m' })
  readonly tick!: string;

  @ApiProperty({ example: 0.02 })
  readonly noise!: number;

  @ApiProperty({ example: 1 })
  readonly seed!: number;

  @ApiProperty({ type: StatedCostDto, nullable: true, description: 'of a server of the cluster; null: not stated' })
  readonly cost!: StatedCostDto | null;
}

export class BacktestDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ enum: BACKTEST_STATUSES })
  readonly status!: BacktestStatus;

  @ApiProperty({ example: 0.4, minimum: 0, maximum: 1 })
  readonly progress!: number;

  @ApiProperty({ type: BacktestRequestDto })
  readonly request!: BacktestRequestDto;

  @ApiProperty({ type: String, nullable: true, description: 'why it failed' })
  readonly error!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'ada', description: 'user who started it' })
  readonly created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly started_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly finished_at!: string | null;
}

export class BacktestDetailDto extends BacktestDto {
  @ApiPropertyOptional({ type: BacktestResultDto, description: 'null until it is done' })
  readonly result?: BacktestResultDto;
}

export class BacktestListDto {
  @ApiProperty({ type: [BacktestDto] })
  readonly backtests!: readonly BacktestDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'Pass it as `cursor` for the next page; absent on the last one' })
  readonly next_cursor?: string;
}
