import { ApiProperty } from '@nestjs/swagger';
import { POLICY_KINDS } from '#clusters';
import type { PolicyKind } from '#engine';

export const MODEL_STATES = ['none', 'learning', 'trusted', 'demoted'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** The promised service level. */
export class PromiseDto {
  @ApiProperty({ example: '1%', description: 'share of requests that may be slow or failed' })
  readonly violations!: string;

  @ApiProperty({ example: '90%', description: 'utilization above which requests count as slow' })
  readonly max_utilization!: string;

  @ApiProperty({ type: Number, nullable: true, example: null })
  readonly max_actions_per_day!: number | null;
}

export class ErrorBudgetDto {
  @ApiProperty({ example: 0.01, description: 'share of requests that may be slow or failed' })
  readonly promised!: number;

  @ApiProperty({ example: 0.0042, description: 'share of slow or failed requests over the last days' })
  readonly spent!: number;

  @ApiProperty({
    example: 0.58,
    description: 'remaining error budget: 1 untouched, 0 used up, below 0 the service level is missed',
  })
  readonly left!: number;

  @ApiProperty({
    example: 0.61,
    description:
      'what the engine may spend soon, as a share of its maximum (1); negative after overspending, down to -3',
  })
  readonly saved!: number;

  @ApiProperty({ example: 0.4, description: 'burn rate of the last day; 1 is exactly as allowed' })
  readonly burn_rate!: number;
}

/** Scores of forecasts against observed demand. */
export class ForecastScoresDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 0.52, '0.9': 0.91, '0.99': 0.988 },
    description: 'share of outcomes at or below the quantile, by its level',
  })
  readonly coverage!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 0.21, '0.9': 0.12, '0.99': 0.03 },
    description: 'mean pinball loss in servers, by level',
  })
  readonly pinball!: Readonly<Record<string, number>>;

  @ApiProperty({ example: -0.03, description: 'mean of outcome less median, servers' })
  readonly bias!: number;

  @ApiProperty({ example: 1432, description: 'forecasts whose outcome is known' })
  readonly settled!: number;
}

export class HorizonScoresDto extends ForecastScoresDto {
  @ApiProperty({ example: 180, description: 'horizon of the forecast' })
  readonly seconds!: number;

  @ApiProperty({
    example: true,
    description: 'whether decisions use this horizon; exactly one is used',
  })
  readonly decides!: boolean;

  @ApiProperty({
    example: true,
    description: 'whether enough forecasts were scored to judge',
  })
  readonly judged!: boolean;
}

/** Scores over about a day, of the forecast that decides, and of those over half and twice its horizon. */
export class TrustReportDto extends ForecastScoresDto {
  @ApiProperty({ example: false, description: 'whether the forecast is not trusted, so that a simple rule decides' })
  readonly demoted!: boolean;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.34,
    description:
      'share of the pinball loss saved against assuming the current load and its usual changes (1: all, 0: none); null while too little is known',
  })
  readonly skill!: number | null;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: true,
    description: 'whether the load can be predicted; null as above',
  })
  readonly predictable!: boolean | null;

  @ApiProperty({
    type: [HorizonScoresDto],
    description: 'scores by horizon: half, once and twice the time until new servers help; the shortest first',
  })
  readonly horizons!: readonly HorizonScoresDto[];
}

export class LeadTimeDto {
  @ApiProperty({ example: 12, description: 'number of recent measurements' })
  readonly count!: number;

  @ApiProperty({ type: Number, nullable: true, example: 61_000 })
  readonly p50_ms!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 74_000 })
  readonly p90_ms!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 80_000 })
  readonly max_ms!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 80_000,
    description:
      'how long a new server takes at most: the 90 % quantile, the longest while few are measured, longer while servers are overdue; null before the first',
  })
  readonly up_to_ms!: number | null;

  @ApiProperty({
    example: 120_000,
    description:
      'lead time that decisions of a service level use, in whole steps, as `lead_seconds_planned` of their step `lead_time` says; without a service level the measured one',
  })
  readonly planned_ms!: number;

  @ApiProperty({ example: 0.9, description: 'the quantile used for planning' })
  readonly quantile!: number;

  @ApiProperty({
    type: [Number],
    example: [58_000, 61_000, 80_000],
    description: 'the measurements used, milliseconds, newest last',
  })
  readonly samples!: readonly number[];

  @ApiProperty({
    type: [Number],
    example: [310_000],
    description:
      'measured apart: servers that had to wait before they could start (in Kubernetes, for a node); used only while most ' +
      'recent servers had to. Milliseconds, newest last',
  })
  readonly samples_waited!: readonly number[];
}

export class LearntModelDto {
  @ApiProperty({
    enum: MODEL_STATES,
    example: 'trusted',
    description: '`none`: no policy forecasts, or nothing is known',
  })
  readonly state!: ModelState;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'when the state began' })
  readonly since!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 60, description: 'length of one step' })
  readonly step_seconds!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 41_000, description: 'time since it last learned' })
  readonly age_ms!: number | null;

  @ApiProperty({
    example: 'Forecasts are trusted: 91 % of what came stayed below their 90 % quantile, over about a day.',
    description: 'summary in plain words',
  })
  readonly summary!: string;
}

/** State of a cluster's service level. */
export class ServiceLevelStateDto {
  @ApiProperty({ type: ErrorBudgetDto, nullable: true, description: 'null until something is known' })
  readonly budget!: ErrorBudgetDto | null;

  @ApiProperty({
    type: TrustReportDto,
    nullable: true,
    description: 'scores over about a day; null until something is known',
  })
  readonly trust!: TrustReportDto | null;

  @ApiProperty({ type: LearntModelDto })
  readonly model!: LearntModelDto;
}

export class ServiceLevelDto extends ServiceLevelStateDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({
    enum: POLICY_KINDS,
    example: 'slo',
    description: '`slo` if it is among the policies, else the first one',
  })
  readonly policy!: PolicyKind;

  @ApiProperty({ type: PromiseDto, nullable: true, description: 'null where the policy has no service level' })
  readonly promise!: PromiseDto | null;

  @ApiProperty({ type: LeadTimeDto })
  readonly lead_time!: LeadTimeDto;
}
