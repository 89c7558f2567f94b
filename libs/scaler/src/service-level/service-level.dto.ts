import { ApiProperty } from '@nestjs/swagger';

export const MODEL_STATES = ['none', 'learning', 'trusted', 'demoted'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** What was promised. */
export class PromiseDto {
  @ApiProperty({ example: '1%', description: 'share of requests that may be served badly' })
  readonly violations!: string;

  @ApiProperty({ example: '90%', description: 'utilisation from which on requests count as served badly' })
  readonly max_utilization!: string;

  @ApiProperty({ type: Number, nullable: true, example: null })
  readonly max_actions_per_day!: number | null;
}

export class ErrorBudgetDto {
  @ApiProperty({ example: 0.01, description: 'share of requests that may be served badly' })
  readonly promised!: number;

  @ApiProperty({ example: 0.0042, description: 'share of requests that were, over the last days' })
  readonly spent!: number;

  @ApiProperty({
    example: 0.58,
    description:
      'what is left of the budget, as a share of it: 1 untouched, 0 used up, below 0 the service level is missed',
  })
  readonly left!: number;

  @ApiProperty({
    example: 0.61,
    description:
      'what the engine has saved to spend soon, as a share of the most that it may save (1); below 0 it owes, at most 3',
  })
  readonly saved!: number;

  @ApiProperty({ example: 0.4, description: 'how fast the last day spent it; 1 is exactly as promised' })
  readonly burn_rate!: number;
}

/** How forecasts did against what came true. */
export class ForecastScoresDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 0.52, '0.9': 0.91, '0.99': 0.988 },
    description: 'share of outcomes at or below the quantile, by its level, over about a day',
  })
  readonly coverage!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 0.21, '0.9': 0.12, '0.99': 0.03 },
    description: 'mean pinball loss in servers, by level, over about a day',
  })
  readonly pinball!: Readonly<Record<string, number>>;

  @ApiProperty({ example: -0.03, description: 'mean of outcome less median, servers' })
  readonly bias!: number;

  @ApiProperty({ example: 1432, description: 'forecasts scored so far' })
  readonly settled!: number;
}

export class HorizonScoresDto extends ForecastScoresDto {
  @ApiProperty({ example: 180, description: 'time over which the highest demand was forecast' })
  readonly seconds!: number;

  @ApiProperty({
    example: true,
    description:
      'whether decisions rest on the forecast over this time (while it is demoted they would); on exactly one they do',
  })
  readonly decides!: boolean;

  @ApiProperty({
    example: true,
    description: 'whether so many forecasts were scored that these scores say more than what was assumed at first',
  })
  readonly judged!: boolean;
}

/** Scores of the forecast that decides, and of those over half and twice the time. */
export class TrustReportDto extends ForecastScoresDto {
  @ApiProperty({ example: false, description: 'whether coverage is off, so that the reactive policy decides instead' })
  readonly demoted!: boolean;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.34,
    description:
      'pinball loss that the forecast saves against today’s level and its usual rise (1: all, 0: none); null while too little was seen',
  })
  readonly skill!: number | null;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: true,
    description: 'whether skill is worth the name; null as above',
  })
  readonly predictable!: boolean | null;

  @ApiProperty({
    type: [HorizonScoresDto],
    description:
      'scores by horizon: half, once and twice the time from a decision until servers that it asks for help; the shortest first',
  })
  readonly horizons!: readonly HorizonScoresDto[];
}

export class LeadTimeDto {
  @ApiProperty({ example: 12, description: 'how many times were measured, of late' })
  readonly count!: number;

  @ApiProperty({ type: Number, nullable: true, example: 61_000 })
  readonly p50_ms!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 74_000 })
  readonly p90_ms!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 80_000 })
  readonly max_ms!: number | null;

  @ApiProperty({
    example: 80_000,
    description:
      'what is planned with: a 90 % quantile, the longest while few were measured, an assumption before the first',
  })
  readonly planned_ms!: number;

  @ApiProperty({ example: 0.9, description: 'the quantile that is planned with' })
  readonly quantile!: number;

  @ApiProperty({ type: [Number], example: [58_000, 61_000, 80_000], description: 'milliseconds, newest last' })
  readonly samples!: readonly number[];
}

export class LearntModelDto {
  @ApiProperty({
    enum: MODEL_STATES,
    example: 'trusted',
    description: '`none`: no policy forecasts, or nothing was seen',
  })
  readonly state!: ModelState;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'since when' })
  readonly since!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 60, description: 'how long one step of it is' })
  readonly step_seconds!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 41_000, description: 'how long ago it last learnt' })
  readonly age_ms!: number | null;

  @ApiProperty({
    example: 'Forecasts are trusted: 91 % of what came stayed below their 90 % quantile, over about a day.',
    description: 'plain words',
  })
  readonly summary!: string;
}

/** How the service level of a cluster stands. */
export class ServiceLevelStateDto {
  @ApiProperty({ type: ErrorBudgetDto, nullable: true, description: 'null until something was seen' })
  readonly budget!: ErrorBudgetDto | null;

  @ApiProperty({ type: TrustReportDto, nullable: true, description: 'null until something was seen' })
  readonly trust!: TrustReportDto | null;

  @ApiProperty({ type: LearntModelDto })
  readonly model!: LearntModelDto;
}

export class ServiceLevelDto extends ServiceLevelStateDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({
    enum: ['slo', 'target_tracking', 'threshold', 'schedule'],
    example: 'slo',
    description: '`slo` where it is among the policies, otherwise the first of them',
  })
  readonly policy!: 'slo' | 'target_tracking' | 'threshold' | 'schedule';

  @ApiProperty({ type: PromiseDto, nullable: true, description: 'null where no service level is promised' })
  readonly promise!: PromiseDto | null;

  @ApiProperty({ type: LeadTimeDto })
  readonly lead_time!: LeadTimeDto;
}
