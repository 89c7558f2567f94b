import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsTimeZone,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { type MetricName, MOST_SERVERS } from '#engine';
import { IsDuration, IsPart } from '#http';
import { IsCron } from './is-cron.js';
import { IsPercent } from './percent.js';

export const METRIC_NAMES = ['cpu', 'memory', 'request_rate'] as const satisfies readonly MetricName[];

export class MetricTargetDto {
  @ApiProperty({ enum: METRIC_NAMES, example: 'cpu' })
  @IsIn(METRIC_NAMES)
  readonly metric!: MetricName;

  @ApiProperty({
    example: 60,
    description: 'percent for cpu and memory; requests per second and server for request_rate',
  })
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(1)
  @Max(1_000_000)
  readonly target!: number;
}

export class ScalingRuleDto {
  @ApiProperty({ enum: ['percent', 'servers'], example: 'percent' })
  @IsIn(['percent', 'servers'])
  readonly type!: 'percent' | 'servers';

  @ApiProperty({ example: 100 })
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly value!: number;

  @ApiProperty({ example: '15s' })
  @IsDuration({ min: '1s', max: '1h' })
  readonly period!: string;
}

export class ScalingRulesDto {
  @ApiPropertyOptional({ enum: ['max', 'min', 'disabled'], default: 'max', description: 'which of the rules applies' })
  @IsOptional()
  @IsIn(['max', 'min', 'disabled'])
  readonly select?: 'max' | 'min' | 'disabled';

  @ApiProperty({ type: [ScalingRuleDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(10)
  @IsPart(() => ScalingRuleDto, { each: true })
  readonly rules!: readonly ScalingRuleDto[];
}

class AnyPolicyDto {
  @ApiPropertyOptional({
    default: false,
    description: 'show what the policy would do, but never act on it',
  })
  @IsOptional()
  @IsBoolean()
  readonly forecast_only?: boolean;
}

/** The Kubernetes HPA v2, with its defaults. */
export class TargetTrackingPolicyDto extends AnyPolicyDto {
  @ApiProperty({ type: [MetricTargetDto], description: 'of several metrics, the one that needs most servers decides' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(METRIC_NAMES.length)
  @ArrayUnique((entry: MetricTargetDto) => entry?.metric, { message: 'metrics must name each metric once' })
  @IsPart(() => MetricTargetDto, { each: true })
  readonly metrics!: readonly MetricTargetDto[];

  @ApiPropertyOptional({ default: 0.1, description: 'relative deviation from the target that changes nothing' })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(1)
  readonly tolerance?: number;

  @ApiPropertyOptional({ default: '0s' })
  @IsOptional()
  @IsDuration({ max: '1h' })
  readonly scale_up_stabilization?: string;

  @ApiPropertyOptional({ default: '5m' })
  @IsOptional()
  @IsDuration({ max: '1h' })
  readonly scale_down_stabilization?: string;

  @ApiPropertyOptional({ type: ScalingRulesDto, description: 'default: 100 % or 4 servers in 15 s, whichever is more' })
  @IsOptional()
  @IsPart(() => ScalingRulesDto)
  readonly scale_up?: ScalingRulesDto;

  @ApiPropertyOptional({ type: ScalingRulesDto, description: 'default: 100 % in 15 s' })
  @IsOptional()
  @IsPart(() => ScalingRulesDto)
  readonly scale_down?: ScalingRulesDto;
}

const PERCENT = { allowNaN: false, allowInfinity: false } as const;

/** Thresholds, steps and cooldowns; the configuration provides defaults. */
export class ThresholdPolicyDto extends AnyPolicyDto {
  @ApiPropertyOptional({ example: 80, description: 'CPU % above which the cluster is too small' })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(1)
  @Max(100)
  readonly cpu_high?: number;

  @ApiPropertyOptional({ example: 30, description: 'CPU % below which the cluster is too large' })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(0)
  @Max(99)
  readonly cpu_low?: number;

  @ApiPropertyOptional({ example: 85 })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(1)
  @Max(100)
  readonly memory_high?: number;

  @ApiPropertyOptional({ example: 40, description: 'memory % above which no server is removed' })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(0)
  @Max(99)
  readonly memory_low?: number;

  @ApiPropertyOptional({ example: '1m', description: 'how long load must stay high without interruption' })
  @IsOptional()
  @IsDuration({ max: '1d' })
  readonly sustained_high?: string;

  @ApiPropertyOptional({ example: '5m' })
  @IsOptional()
  @IsDuration({ max: '1d' })
  readonly sustained_low?: string;

  @ApiPropertyOptional({
    example: '5m',
    description: 'CPU that rises so that it reaches cpu_high within this time counts as high; 0s: off',
  })
  @IsOptional()
  @IsDuration({ max: '1h' })
  readonly trend_window?: string;

  @ApiPropertyOptional({ example: 30, description: 'a rise by this many points within spike_window scales up at once' })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(1)
  @Max(100)
  readonly spike_points?: number;

  @ApiPropertyOptional({ example: '1m', description: '0s: off' })
  @IsOptional()
  @IsDuration({ max: '1h' })
  readonly spike_window?: string;

  @ApiPropertyOptional({
    example: 95,
    description: 'CPU or memory % at which the cluster scales up despite the cooldown',
  })
  @IsOptional()
  @IsNumber(PERCENT)
  @Min(1)
  @Max(100)
  readonly emergency?: number;

  @ApiPropertyOptional({ example: 2 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly scale_up_step?: number;

  @ApiPropertyOptional({ example: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly scale_down_step?: number;

  @ApiPropertyOptional({ example: 4 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly emergency_step?: number;

  @ApiPropertyOptional({ example: '2m' })
  @IsOptional()
  @IsDuration({ max: '1d' })
  readonly cooldown_up?: string;

  @ApiPropertyOptional({ example: '5m' })
  @IsOptional()
  @IsDuration({ max: '1d' })
  readonly cooldown_down?: string;
}

/** The service level. Needs no other settings: counts are learned from the cluster's history. */
export class SloPolicyDto extends AnyPolicyDto {
  @ApiPropertyOptional({
    example: '1%',
    default: '1%',
    description: 'share of requests that may arrive while the cluster is above max_utilization',
    oneOf: [{ type: 'string' }, { type: 'number' }],
  })
  @IsOptional()
  @IsPercent({ min: 0, max: 0.5 })
  readonly violations?: string | number;

  @ApiPropertyOptional({
    example: '14m',
    description:
      'the same as an error budget: the part of each `window`, at its mean load, that may be slow or failed; instead of violations',
  })
  @IsOptional()
  @IsDuration({ min: '1s', max: '15d' })
  readonly error_budget?: string;

  @ApiPropertyOptional({ example: '1d', default: '1d', description: 'what the error budget is for' })
  @IsOptional()
  @IsDuration({ min: '1h', max: '30d' })
  readonly window?: string;

  @ApiPropertyOptional({ example: '90%', default: '90%', oneOf: [{ type: 'string' }, { type: 'number' }] })
  @IsOptional()
  @IsPercent({ min: 0.01, max: 1 })
  readonly max_utilization?: string | number;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    default: null,
    description: 'stop removing servers after this many changes a day; servers are always added; null: no limit',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly max_actions_per_day?: number | null;
}

export class ScheduleWindowDto {
  @ApiProperty({ example: 'morning rush', maxLength: 100 })
  @IsString()
  @Length(1, 100)
  @Matches(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._:/@#+()-]*$/u, {
    message: 'name must consist of letters, digits, spaces and . _ : / @ # + ( ) -, and begin with a letter or digit',
  })
  readonly name!: string;

  @ApiProperty({ example: '30 7 * * 1-5', description: 'when it opens: minute, hour, day, month, day of the week' })
  @IsCron()
  readonly cron!: string;

  @ApiPropertyOptional({
    example: 'Europe/Berlin',
    default: 'UTC',
    description: 'IANA time zone of the cron expression',
  })
  @IsOptional()
  @IsTimeZone()
  readonly time_zone?: string;

  @ApiProperty({ example: '2h', description: 'how long it stays open' })
  @IsDuration({ min: '1m', max: '7d' })
  readonly duration!: string;

  @ApiPropertyOptional({ example: 12, description: 'not fewer meanwhile; within the bounds of the cluster' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_SERVERS)
  readonly min_servers?: number;

  @ApiPropertyOptional({ example: 40, description: 'not more while it is open' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_SERVERS)
  readonly max_servers?: number;
}

/** Other bounds at known times. They raise or cap what other policies propose. */
export class SchedulePolicyDto extends AnyPolicyDto {
  @ApiProperty({ type: [ScheduleWindowDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ArrayUnique((entry: ScheduleWindowDto) => entry?.name, { message: 'windows must have different names' })
  @IsPart(() => ScheduleWindowDto, { each: true })
  readonly windows!: readonly ScheduleWindowDto[];
}

/** The policies of a cluster, by kind. Of several, the highest proposal decides. */
export class PolicyDto {
  @ApiPropertyOptional({ type: SloPolicyDto })
  @IsOptional()
  @IsPart(() => SloPolicyDto)
  readonly slo?: SloPolicyDto;

  @ApiPropertyOptional({ type: TargetTrackingPolicyDto })
  @IsOptional()
  @IsPart(() => TargetTrackingPolicyDto)
  readonly target_tracking?: TargetTrackingPolicyDto;

  @ApiPropertyOptional({ type: ThresholdPolicyDto })
  @IsOptional()
  @IsPart(() => ThresholdPolicyDto)
  readonly threshold?: ThresholdPolicyDto;

  @ApiPropertyOptional({ type: SchedulePolicyDto })
  @IsOptional()
  @IsPart(() => SchedulePolicyDto)
  readonly schedule?: SchedulePolicyDto;

  @ApiPropertyOptional({
    enum: ['act', 'recommend'],
    default: 'act',
    description: 'recommend: decide and show, but change nothing',
  })
  @IsOptional()
  @IsIn(['act', 'recommend'])
  readonly mode?: 'act' | 'recommend';
}
