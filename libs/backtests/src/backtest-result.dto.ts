import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Cost, MoneyDto, moneyOf } from '#clusters';
import type { BacktestReport, BacktestRow, TimelinePoint } from '#world';

const ROW_KINDS = ['policy', 'baseline', 'hindsight', 'frontier', 'oracle'] as const satisfies BacktestRow['kind'][];

export class BacktestPromiseDto {
  @ApiProperty({ example: 0.01, description: 'share of the requests' })
  readonly violations!: number;

  @ApiProperty({ example: 0.9, description: 'share of capacity' })
  readonly max_utilization!: number;
}

/** Herbst et al., *Ready for Rain?* (2016). */
export class ElasticityDto {
  @ApiProperty({ example: 0.4, description: 'missing servers, percent of those needed' })
  readonly accuracy_under!: number;

  @ApiProperty({ example: 18.2, description: 'surplus servers, percent of those needed' })
  readonly accuracy_over!: number;

  @ApiProperty({ example: 1.1, description: 'percent of the time with too few servers' })
  readonly timeshare_under!: number;

  @ApiProperty({ example: 83, description: 'percent of the time with too many servers' })
  readonly timeshare_over!: number;

  @ApiProperty({
    example: 40.5,
    description: 'percent of the time in which supply and demand moved in different directions',
  })
  readonly instability!: number;
}

/** One or more ticks; each value is the worst of them. */
export class TimelinePointDto {
  @ApiProperty({ format: 'date-time', description: 'start of the first tick' })
  readonly timestamp!: string;

  @ApiProperty({ example: 8.1, description: 'highest demand, servers' })
  readonly demand!: number;

  @ApiProperty({ example: 10, description: 'fewest active servers' })
  readonly active!: number;

  @ApiProperty({ example: 0, description: 'most provisioning servers' })
  readonly provisioning!: number;

  @ApiProperty({ example: 10, description: 'the last desired count' })
  readonly desired!: number;

  @ApiProperty({ type: Number, nullable: true, example: 9.2, description: 'highest demand that the plan covers' })
  readonly upper!: number | null;
}

export class BacktestRowDto {
  @ApiProperty({ example: 'hpa 60 %' })
  readonly name!: string;

  @ApiProperty({ enum: ROW_KINDS })
  readonly kind!: BacktestRow['kind'];

  @ApiProperty({ example: 0.0081, description: 'share of the requests that arrived while utilization was too high' })
  readonly violations!: number;

  @ApiProperty({ example: 0.0002, description: 'share of the requests that found no capacity' })
  readonly dropped!: number;

  @ApiProperty({ example: 812.4, description: 'active and provisioning servers' })
  readonly server_hours!: number;

  @ApiProperty({
    type: MoneyDto,
    nullable: true,
    description: 'of these server hours; null: the cost of a server was not stated when the backtest was requested',
  })
  readonly cost!: MoneyDto | null;

  @ApiProperty({ example: 1.14, description: 'cost relative to the oracle, which knows the future' })
  readonly cost_to_oracle!: number;

  @ApiProperty({ example: 31.5 })
  readonly actions_per_day!: number;

  @ApiProperty({
    description: 'whether no more requests were slow or failed than `promised`, or else than the service level allows',
  })
  readonly kept!: boolean;

  @ApiPropertyOptional({
    example: 0.005,
    description: 'the share that the policy promises itself, where it differs from the service level of the backtest',
  })
  readonly promised?: number;

  @ApiProperty({ type: ElasticityDto })
  readonly elasticity!: ElasticityDto;

  @ApiPropertyOptional({ type: [TimelinePointDto], description: 'policies' })
  readonly timeline?: readonly TimelinePointDto[];
}

export class BacktestResultDto {
  @ApiProperty({ example: 20_160 })
  readonly ticks!: number;

  @ApiProperty({ example: 60 })
  readonly tick_seconds!: number;

  @ApiProperty({ format: 'date-time', description: 'start of the first tick' })
  readonly start_at!: string;

  @ApiProperty({
    type: BacktestPromiseDto,
    description: 'the service level that a row without `promised` is judged by; all count the same requests as slow',
  })
  readonly promise!: BacktestPromiseDto;

  @ApiProperty({ type: [String], description: 'notes about the demand' })
  readonly remarks!: readonly string[];

  @ApiProperty({ type: [BacktestRowDto] })
  readonly rows!: readonly BacktestRowDto[];
}

/**
 * The wire format of a report.
 *
 * @param cost of a server; `null`: not stated
 */
export function toBacktestResult(
  report: BacktestReport,
  remarks: readonly string[],
  cost: Cost | null,
): BacktestResultDto {
  const { ticks, tickSeconds, startAt, promise, rows } = report;
  return {
    ticks,
    tick_seconds: tickSeconds,
    start_at: new Date(startAt).toISOString(),
    promise: { violations: promise.violations, max_utilization: promise.maxUtilization },
    remarks,
    rows: rows.map((row) => toRow(row, cost)),
  };
}

function toRow(
  { name, kind, score, costToOracle, kept, promised, timeline }: BacktestRow,
  cost: Cost | null,
): BacktestRowDto {
  const { accuracyUnder, accuracyOver, timeshareUnder, timeshareOver, instability } = score.elasticity;
  return {
    name,
    kind,
    violations: score.violation,
    dropped: score.dropped,
    server_hours: score.cost,
    cost: moneyOf(cost, score.cost),
    cost_to_oracle: costToOracle,
    actions_per_day: score.actionsPerDay,
    kept,
    ...(promised === undefined ? {} : { promised }),
    elasticity: {
      accuracy_under: accuracyUnder,
      accuracy_over: accuracyOver,
      timeshare_under: timeshareUnder,
      timeshare_over: timeshareOver,
      instability,
    },
    ...(timeline === undefined ? {} : { timeline: timeline.map(toPoint) }),
  };
}

function toPoint({ at, demand, active, provisioning, desired, upper }: TimelinePoint): TimelinePointDto {
  return {
    timestamp: new Date(at).toISOString(),
    demand: rounded(demand),
    active,
    provisioning,
    desired,
    upper: upper === null ? null : rounded(upper),
  };
}

/** Charts need no more digits, and there are thousands of points. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
