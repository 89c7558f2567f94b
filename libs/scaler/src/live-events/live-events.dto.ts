import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import { ForecastDto } from '../forecasts/forecast.dto.js';
import { ScalingEventDto } from '../scaling-events/scaling-event.dto.js';
import { LiveAlertDto } from './live-alert.dto.js';
import { LiveBacktestDto } from './live-backtest.dto.js';
import { LiveClusterStateDto } from './live-cluster-state.dto.js';
import { LiveDecisionDto } from './live-decision.dto.js';
import { LiveMetricsDto } from './live-metrics.dto.js';

export class LiveScalingEventDto extends OmitType(ScalingEventDto, [
  'cluster_id',
  'timestamp',
  'finished_at',
  'recorded_late_at',
  'simulated',
]) {}

export class LiveForecastDto extends PickType(ForecastDto, ['horizon_ms', 'model', 'level', 'upper', 'quantiles']) {}

/** Common fields of all live events; names and values are the wire format. */
abstract class LiveEventDto {
  /** Assigned when the event is sent to clients. */
  @ApiProperty({
    example: '5f0c1a9be2d4-1204',
    description: 'hand it in as `last_event_id` to hear what came after it',
  })
  readonly id?: string;

  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-05T12:00:00.000Z' })
  readonly timestamp!: string;
}

export class LiveEventMetricsDto extends LiveEventDto {
  @ApiProperty({ enum: ['metrics'] })
  readonly type!: 'metrics';

  @ApiProperty()
  readonly data!: LiveMetricsDto;
}

export class LiveEventClusterStateDto extends LiveEventDto {
  @ApiProperty({ enum: ['cluster_state'] })
  readonly type!: 'cluster_state';

  @ApiProperty()
  readonly data!: LiveClusterStateDto;
}

export class LiveEventDecisionDto extends LiveEventDto {
  @ApiProperty({ enum: ['decision'] })
  readonly type!: 'decision';

  @ApiProperty()
  readonly data!: LiveDecisionDto;
}

export class LiveEventScalingEventDto extends LiveEventDto {
  @ApiProperty({ enum: ['scaling_event'] })
  readonly type!: 'scaling_event';

  @ApiProperty()
  readonly data!: LiveScalingEventDto;
}

export class LiveEventForecastDto extends LiveEventDto {
  @ApiProperty({ enum: ['forecast'] })
  readonly type!: 'forecast';

  @ApiProperty()
  readonly data!: LiveForecastDto;
}

export class LiveEventAlertDto extends LiveEventDto {
  @ApiProperty({ enum: ['alert'] })
  readonly type!: 'alert';

  @ApiProperty()
  readonly data!: LiveAlertDto;
}

export class LiveEventBacktestDto extends LiveEventDto {
  @ApiProperty({ enum: ['backtest'] })
  readonly type!: 'backtest';

  @ApiProperty()
  readonly data!: LiveBacktestDto;
}

/** All topics and their events, for the API document. */
export class LiveEventsDto {
  @ApiProperty({ description: 'what the last tick saw' })
  readonly metrics!: LiveEventMetricsDto;

  @ApiProperty({ description: 'the servers, counts, bounds or hold of a cluster changed' })
  readonly cluster_state!: LiveEventClusterStateDto;

  @ApiProperty({ description: 'every decision, `MAINTAIN` too' })
  readonly decision!: LiveEventDecisionDto;

  @ApiProperty({ description: 'a decision was carried out, or could not be' })
  readonly scaling_event!: LiveEventScalingEventDto;

  @ApiProperty()
  readonly forecast!: LiveEventForecastDto;

  @ApiProperty({ description: 'something that a person should know began or ended' })
  readonly alert!: LiveEventAlertDto;

  @ApiProperty({ description: 'a backtest of a cluster started, progressed or ended' })
  readonly backtest!: LiveEventBacktestDto;
}
