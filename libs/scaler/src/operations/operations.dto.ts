import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FreezeDto, HeldRemovalsDto } from '../brakes/brakes.dto.js';
import type { LiveAlert } from '../events.js';

export class LoopDto {
  @ApiProperty({ example: true })
  readonly running!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly last_wake_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'when a wake last went through' })
  readonly last_completed_at!: string | null;

  @ApiProperty({ example: 12, description: 'how late the latest ticks were, at most' })
  readonly lag_ms!: number;

  @ApiProperty({ example: 0, description: 'ticks left out since the start' })
  readonly skipped!: number;

  @ApiProperty({ example: 0, description: 'ticks that failed since the start' })
  readonly failed_ticks!: number;

  @ApiProperty({ example: 42, description: 'clusters that are ticked, everybody’s' })
  readonly clusters!: number;

  @ApiProperty({ example: 3, description: 'clusters that are being ticked right now' })
  readonly in_flight!: number;

  @ApiProperty({ example: true, description: 'whether ticks can be recorded' })
  readonly writable!: boolean;

  @ApiProperty({ example: 0, description: 'cluster-ticks that wait for the database' })
  readonly waiting_ticks!: number;

  @ApiProperty({ example: 0, description: 'cluster-ticks given up since the start' })
  readonly dropped_ticks!: number;
}

/** This process among the instances of the service. */
export class InstanceDto {
  @ApiProperty({ example: 'web-1-4711-0a1b2c3d', description: 'what it calls itself' })
  readonly name!: string;

  @ApiProperty({ enum: ['single', 'shared'], description: '`single`: it ticks all clusters, and is the only one' })
  readonly mode!: 'single' | 'shared';

  @ApiProperty({ type: [Number], example: [0, 1, 2], description: 'of 64 shares, those whose clusters it ticks' })
  readonly shares!: readonly number[];

  @ApiProperty({ example: 3, description: 'instances that live, as this one sees it' })
  readonly instances!: number;

  @ApiProperty({ example: 0, description: 'shares that no living instance holds, as this one sees it' })
  readonly shares_without_holder!: number;

  @ApiProperty({ example: 22, description: 'shares that it took since its start' })
  readonly take_overs!: number;

  @ApiProperty({
    example: 0,
    description: 'ticks of it that were refused because another instance had taken the share',
  })
  readonly refused_writes!: number;
}

/** Something that is asked over the network on behalf of a cluster: its metric source or its scale target. */
export class EndpointDto {
  @ApiProperty({ example: 'http://127.0.0.1:9000' })
  readonly endpoint!: string;

  @ApiProperty({ enum: ['metric_source', 'scale_target'] })
  readonly kind!: 'metric_source' | 'scale_target';

  @ApiProperty({
    enum: ['closed', 'open', 'half_open'],
    description: '`open`: it failed too often and is left alone; `half_open`: it is being tried',
  })
  readonly circuit!: 'closed' | 'open' | 'half_open';

  @ApiProperty({ example: 4, description: 'of the clusters below, how many stand behind it' })
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

  @ApiProperty({ example: 0, description: 'collections in a row that brought no metrics' })
  readonly collection_failures!: number;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'why the last one brought none' })
  readonly collection_error!: string | null;

  @ApiProperty({ example: 0, description: 'looks at the provider in a row that failed' })
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
    description: 'until when a provider that refused is not asked again',
  })
  readonly backing_off_until!: string | null;

  @ApiProperty({
    type: [String],
    example: [],
    description: 'conditions that were announced by an alert and have not ended',
  })
  readonly conditions!: readonly string[];
}

/** Something a person should know of a cluster. */
export class AlertDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'web', description: '`null`: it is not ticked now' })
  readonly cluster_name!: string | null;

  @ApiProperty({ example: 'unmet_demand', description: 'as in the live event `alert`; and `budget_burning`' })
  readonly code!: string;

  @ApiProperty({ enum: ['info', 'warning', 'critical'] })
  readonly severity!: 'info' | 'warning' | 'critical';

  @ApiProperty({
    example: 'Needs 5 servers, limit is 4.',
    description: 'as it is now, or was when it ended',
  })
  readonly message!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { unmet: 1, needed: 5, allowed: 4 },
    description: 'the numbers behind the message',
  })
  readonly data?: LiveAlert['data'];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: '`null`: not known' })
  readonly since!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: '`null`: it holds; as `since`: it happened, and was over at once',
  })
  readonly until!: string | null;
}

export class AlertListDto {
  @ApiProperty({ type: [AlertDto], description: 'what holds, the most urgent first; then what is over, newest first' })
  readonly alerts!: readonly AlertDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}

export class OperationsDto {
  @ApiProperty({ type: InstanceDto, description: 'who answers; all below is what this instance alone knows' })
  readonly instance!: InstanceDto;

  @ApiProperty({ type: FreezeDto, nullable: true, description: 'of all instances; null while clusters may be scaled' })
  readonly freeze!: FreezeDto | null;

  @ApiProperty({
    type: [HeldRemovalsDto],
    description: 'of all instances, for admins; removals that wait because they look like a broken source',
  })
  readonly held_removals!: readonly HeldRemovalsDto[];

  @ApiProperty({ type: LoopDto })
  readonly loop!: LoopDto;

  @ApiProperty({ type: [EndpointDto], description: 'those that the clusters below use' })
  readonly endpoints!: readonly EndpointDto[];

  @ApiProperty({ type: [AlertDto], description: 'of the clusters below: what holds, then what is over' })
  readonly alerts!: readonly AlertDto[];

  @ApiProperty({ type: [ClusterOperationDto], description: 'your own that are ticked (admins: all), by name' })
  readonly clusters!: readonly ClusterOperationDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}
