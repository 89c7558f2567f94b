import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FreezeDto, HeldRemovalsDto } from '../brakes/brakes.dto.js';
import type { LiveAlert } from '../live-events/live-events.js';

export class LoopDto {
  @ApiProperty({ example: true })
  readonly running!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly last_wake_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'when the loop last completed a run' })
  readonly last_completed_at!: string | null;

  @ApiProperty({ example: 12, description: 'largest delay of the latest ticks' })
  readonly lag_ms!: number;

  @ApiProperty({ example: 0, description: 'ticks skipped since the start' })
  readonly skipped!: number;

  @ApiProperty({ example: 0, description: 'ticks that failed since the start' })
  readonly failed_ticks!: number;

  @ApiProperty({ example: 42, description: 'clusters that are ticked, of all owners' })
  readonly clusters!: number;

  @ApiProperty({ example: 3, description: 'clusters being ticked now' })
  readonly in_flight!: number;

  @ApiProperty({ example: true, description: 'whether ticks can be recorded' })
  readonly writable!: boolean;

  @ApiProperty({ example: 0, description: 'cluster-ticks buffered until the database is writable' })
  readonly waiting_ticks!: number;

  @ApiProperty({ example: 0, description: 'cluster-ticks dropped since the start' })
  readonly dropped_ticks!: number;
}

/** This process among the instances of the service. */
export class InstanceDto {
  @ApiProperty({ example: 'web-1-4711-0a1b2c3d', description: 'name of the instance' })
  readonly name!: string;

  @ApiProperty({ enum: ['single', 'shared'], description: '`single`: the only instance, which ticks all clusters' })
  readonly mode!: 'single' | 'shared';

  @ApiProperty({ type: [Number], example: [0, 1, 2], description: 'partitions (of 64) that this instance ticks' })
  readonly shares!: readonly number[];

  @ApiProperty({ example: 3, description: 'live instances, as seen by this one' })
  readonly instances!: number;

  @ApiProperty({ example: 0, description: 'partitions without a live holder, as seen by this one' })
  readonly shares_without_holder!: number;

  @ApiProperty({ example: 22, description: 'partitions taken over since the start' })
  readonly take_overs!: number;

  @ApiProperty({
    example: 0,
    description: 'its ticks rejected because another instance had taken over the partition',
  })
  readonly refused_writes!: number;
}

/** A network endpoint used for a cluster: its metric source or scale target. */
export class EndpointDto {
  @ApiProperty({ example: 'http://127.0.0.1:9000' })
  readonly endpoint!: string;

  @ApiProperty({ enum: ['metric_source', 'scale_target'] })
  readonly kind!: 'metric_source' | 'scale_target';

  @ApiProperty({
    enum: ['closed', 'open', 'half_open'],
    description: 'state of the circuit breaker: `open`: no requests after too many failures; `half_open`: trying again',
  })
  readonly circuit!: 'closed' | 'open' | 'half_open';

  @ApiProperty({ example: 4, description: 'how many of the clusters below use it' })
  readonly clusters!: number;
}

export class ClusterOperationDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({ enum: ['active', 'paused', 'error'] })
  readonly status!: 'active' | 'paused' | 'error';

  @ApiProperty({ example: 10_000 })
  readonly interval_ms!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly last_tick_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly next_tick_at!: string;

  @ApiProperty({ example: 0, description: 'consecutive collections without metrics' })
  readonly collection_failures!: number;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'error of the last collection' })
  readonly collection_error!: string | null;

  @ApiProperty({ example: 0, description: 'consecutive failed polls of the provider' })
  readonly provider_failures!: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly provider_error!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'http://127.0.0.1:9000' })
  readonly endpoint!: string;

  @ApiProperty({ enum: ['closed', 'open', 'half_open'], description: 'the worse of metric source and scale target' })
  readonly circuit!: 'closed' | 'open' | 'half_open';

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'no request to the provider before this time',
  })
  readonly backing_off_until!: string | null;

  @ApiProperty({
    type: [String],
    example: [],
    description: 'active alerts, by code',
  })
  readonly conditions!: readonly string[];
}

/** An alert of a cluster. */
export class AlertDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'web', description: '`null`: it is not ticked now' })
  readonly cluster_name!: string | null;

  @ApiProperty({ example: 'unmet_demand', description: 'as in the live event `alert`; also `budget_burning`' })
  readonly code!: string;

  @ApiProperty({ enum: ['info', 'warning', 'critical'] })
  readonly severity!: 'info' | 'warning' | 'critical';

  @ApiProperty({
    example: 'Needs 5 servers, limit is 4.',
    description: 'current, or as of its end',
  })
  readonly message!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { unmet: 1, needed: 5, allowed: 4, need: 'known' },
    description:
      'the numbers behind the message; `need` of an `unmet_demand`: `at_least` or `estimated` while full servers hide demand, `their_limit` and `their_limit_field`: the limit of what scales the servers instead of this service; `undoable` of a `large_change`: whether `POST /clusters/:id/undo` takes it back; `error` of a `scaling_failed`: the words of the provider, `refusal`: what they were understood as (`no_capacity`, `unauthorized`, `not_found` …)',
  })
  readonly data?: LiveAlert['data'];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: '`null`: not known' })
  readonly since!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: '`null`: active; equal to `since`: a single event',
  })
  readonly until!: string | null;
}

export class AlertListDto {
  @ApiProperty({ type: [AlertDto], description: 'active alerts, the most urgent first; then ended ones, newest first' })
  readonly alerts!: readonly AlertDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export class OperationsDto {
  @ApiProperty({ type: InstanceDto, description: 'the instance that answers; all values below are as known by it' })
  readonly instance!: InstanceDto;

  @ApiProperty({ type: FreezeDto, nullable: true, description: 'of all instances; null while clusters may be scaled' })
  readonly freeze!: FreezeDto | null;

  @ApiProperty({
    type: [HeldRemovalsDto],
    description:
      'of all instances, admins only: removals on hold, because many clusters of one endpoint would lose servers at once',
  })
  readonly held_removals!: readonly HeldRemovalsDto[];

  @ApiProperty({ type: LoopDto })
  readonly loop!: LoopDto;

  @ApiProperty({ type: [EndpointDto], description: 'endpoints of the clusters below' })
  readonly endpoints!: readonly EndpointDto[];

  @ApiProperty({ type: [AlertDto], description: 'of the clusters below: active alerts, then ended ones' })
  readonly alerts!: readonly AlertDto[];

  @ApiProperty({ type: [ClusterOperationDto], description: 'your own that are ticked (admins: all), by name' })
  readonly clusters!: readonly ClusterOperationDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}
