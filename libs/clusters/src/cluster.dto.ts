import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { formatDuration, parseDuration } from '#config';
import { type ManualHold, MOST_SERVERS } from '#engine';
import { IsDuration, IsNotAbove, IsPart, IsTime, ListQuery } from '#http';
import { type ClusterProvider, PROVIDER_SCHEMA } from '#providers';
import { type Cluster, CLUSTER_STATUSES, type ClusterConfig, type ClusterStatus, type TakeOver } from './cluster.js';
import { CostDto, costToWire, StatedCostDto } from './cost/cost.dto.js';
import { CandidateDto, candidateToDto } from './candidate/candidate.dto.js';
import { PolicyDto } from './policy/policy.dto.js';
import { policyToWire } from './policy/policy.mapping.js';
import { ApiSimulatedUntil, simulatedUntilOf } from './simulated-until.js';

/** Letters, digits, marks and plain punctuation: no markup for pages, no control sequences for terminals. */
const NAME = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N} ._:/@#+()-]*[\p{L}\p{M}\p{N})])?$/u;
const NAME_MESSAGE =
  'name must consist of letters, digits, spaces and . _ : / @ # + ( ) -, and begin and end with a letter or digit';

export class ClusterConfigDto {
  @ApiPropertyOptional({ example: '10s', description: 'time between ticks' })
  @IsOptional()
  @IsDuration({ min: '100ms', max: '1h' })
  readonly interval?: string;

  @ApiPropertyOptional({
    example: '90s',
    description:
      'how long the CPU of a new server does not count as load; learned from its requests where absent, 90s until then',
  })
  @IsOptional()
  @IsDuration({ min: '0s', max: '1h' })
  readonly warm_up?: string;

  @ApiPropertyOptional({
    example: 'http://127.0.0.1:9000/metrics',
    writeOnly: true,
    description: "form of the Go service's clients: becomes `provider.url`, which collector.allowed_urls must list",
  })
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly collector_endpoint?: string;

  @ApiPropertyOptional({
    example: 70,
    minimum: 1,
    maximum: 100,
    writeOnly: true,
    description: "form of the Go service's clients: becomes `policy.target_tracking` where no policy is given",
  })
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(100)
  readonly target_cpu?: number;
}

export class CreateClusterDto {
  @ApiProperty({
    example: 'web',
    minLength: 1,
    maxLength: 100,
    description: 'letters, digits, spaces and . _ : / @ # + ( ) -',
  })
  @IsString()
  @Length(1, 100, { message: 'name must have 1 to 100 characters' })
  @Matches(NAME, { message: NAME_MESSAGE })
  readonly name!: string;

  @ApiProperty({ example: 2, minimum: 0 })
  @IsInt()
  @Min(0)
  @Max(MOST_SERVERS)
  @IsNotAbove('max_servers')
  readonly min_servers!: number;

  @ApiProperty({ example: 20, minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(MOST_SERVERS)
  readonly max_servers!: number;

  @ApiPropertyOptional({ type: PolicyDto })
  @IsOptional()
  @IsPart(() => PolicyDto)
  readonly policy?: PolicyDto;

  @ApiPropertyOptional({ allOf: [{ $ref: PROVIDER_SCHEMA }] })
  @IsOptional()
  @IsObject()
  readonly provider?: ClusterProvider;

  @ApiPropertyOptional({ type: ClusterConfigDto })
  @IsOptional()
  @IsPart(() => ClusterConfigDto)
  readonly config?: ClusterConfigDto;

  @ApiPropertyOptional({
    type: CostDto,
    description: 'what a server costs; absent: not stated, and no money is shown. An empty object removes it',
  })
  @IsOptional()
  @IsPart(() => CostDto)
  readonly cost?: CostDto;

  @ApiPropertyOptional({ enum: ['active', 'paused'] })
  @IsOptional()
  @IsIn(['active', 'paused'])
  readonly status?: 'active' | 'paused';
}

/** Changes of a cluster. The create request extends it, as a subclass can make fields required, but not optional. */
export class UpdateClusterDto extends PartialType(CreateClusterDto) {
  @ApiPropertyOptional({
    format: 'date-time',
    description: '`updated_at` as you read it: the change is refused if the cluster has changed since then',
  })
  @IsOptional()
  @IsTime()
  readonly updated_at?: string;

  @ApiPropertyOptional({
    default: false,
    description:
      'Bounds that remove more than half of the servers do so at once. Otherwise a fifth of the servers is removed per interval.',
  })
  @IsOptional()
  @IsBoolean()
  readonly immediate?: boolean;
}

export class ClusterListQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'only clusters whose name contains this', example: 'web' })
  @IsOptional()
  @IsString()
  readonly search?: string;

  @ApiPropertyOptional({ enum: CLUSTER_STATUSES })
  @IsOptional()
  @IsIn(CLUSTER_STATUSES)
  readonly status?: ClusterStatus;
}

export class HoldDto {
  @ApiProperty({ example: 8 })
  readonly desired_servers!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-05T12:15:00.000Z' })
  readonly until!: string;

  @ApiProperty({ example: 'alice', description: 'User who set it' })
  readonly by!: string;
}

export class TakenOverDto {
  @ApiProperty({ format: 'date-time' })
  readonly since!: string;

  @ApiProperty({ example: 'ada', description: 'user who took over' })
  readonly by!: string;

  @ApiProperty({ type: [String], example: ['HorizontalPodAutoscaler web'], description: 'what is switched off' })
  readonly objects!: readonly string[];
}

export class ClusterDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly owner_id!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({ example: 2 })
  readonly min_servers!: number;

  @ApiProperty({ example: 20 })
  readonly max_servers!: number;

  @ApiProperty({ type: PolicyDto })
  readonly policy!: PolicyDto;

  @ApiProperty({ type: CandidateDto, nullable: true, description: 'the candidate policy' })
  readonly candidate!: CandidateDto | null;

  @ApiProperty({ allOf: [{ $ref: PROVIDER_SCHEMA }], description: 'in the shape in which it was written' })
  readonly provider!: ClusterProvider;

  @ApiProperty({ type: ClusterConfigDto })
  readonly config!: ClusterConfigDto;

  @ApiProperty({ type: StatedCostDto, nullable: true, description: 'what a server costs; null: not stated' })
  readonly cost!: StatedCostDto | null;

  @ApiProperty({ enum: CLUSTER_STATUSES })
  readonly status!: ClusterStatus;

  @ApiProperty({ type: String, nullable: true, description: 'why the status is `error`' })
  readonly status_reason!: string | null;

  @ApiProperty({ type: HoldDto, nullable: true })
  readonly hold!: HoldDto | null;

  @ApiProperty({
    type: TakenOverDto,
    nullable: true,
    description: 'other autoscalers that were switched off for this service',
  })
  readonly taken_over!: TakenOverDto | null;

  @ApiSimulatedUntil()
  readonly simulated_until!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly created_at!: string;

  @ApiProperty({ format: 'date-time' })
  readonly updated_at!: string;
}

export class ClusterListDto {
  @ApiProperty({ type: [ClusterDto] })
  readonly clusters!: readonly ClusterDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional()
  readonly next_cursor?: string;
}

export function clusterToDto(cluster: Cluster): ClusterDto {
  return {
    id: cluster.id,
    owner_id: cluster.ownerId,
    name: cluster.name,
    min_servers: cluster.bounds.min,
    max_servers: cluster.bounds.max,
    policy: policyToWire(cluster.policy),
    candidate: cluster.candidate === null ? null : candidateToDto(cluster.candidate),
    provider: cluster.provider,
    config: configToWire(cluster.config),
    cost: costToWire(cluster.cost),
    status: cluster.status,
    status_reason: cluster.statusReason,
    hold: holdToDto(cluster.hold),
    taken_over: takenOverToDto(cluster.takenOver ?? null),
    simulated_until: simulatedUntilOf(cluster),
    created_at: new Date(cluster.createdAt).toISOString(),
    updated_at: new Date(cluster.updatedAt).toISOString(),
  };
}

export function takenOverToDto(takenOver: TakeOver | null): TakenOverDto | null {
  if (takenOver === null) return null;
  const { since, by, objects } = takenOver;
  return { since: new Date(since).toISOString(), by, objects };
}

export function holdToDto(hold: ManualHold | null): HoldDto | null {
  return hold === null
    ? null
    : { desired_servers: hold.desired, until: new Date(hold.until).toISOString(), by: hold.by };
}

export function configFromWire({ interval, warm_up: warmUp }: ClusterConfigDto): ClusterConfig {
  return {
    ...(interval === undefined ? {} : { intervalMs: parseDuration(interval) }),
    ...(warmUp === undefined ? {} : { warmUpMs: parseDuration(warmUp) }),
  };
}

export function configToWire({ intervalMs, warmUpMs }: ClusterConfig): ClusterConfigDto {
  return {
    ...(intervalMs === undefined ? {} : { interval: formatDuration(intervalMs) }),
    ...(warmUpMs === undefined ? {} : { warm_up: formatDuration(warmUpMs) }),
  };
}
