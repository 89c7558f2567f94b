import { ApiProperty } from '@nestjs/swagger';
import { CLUSTER_STATUSES, type ClusterStatus, HoldDto } from '#clusters';
import { ClusterStateDto, ServiceLevelStateDto } from '#scaler';

export class ServerCountsDto {
  @ApiProperty({ example: 4 })
  readonly active!: number;

  @ApiProperty({ example: 1 })
  readonly provisioning!: number;

  @ApiProperty({ example: 0 })
  readonly draining!: number;
}

export class LastDecisionDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ enum: ['SCALE_UP', 'SCALE_DOWN', 'MAINTAIN'] })
  readonly action!: 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';

  @ApiProperty({ example: 5 })
  readonly desired!: number;

  @ApiProperty({ example: 'CPU is 82 % where 60 % is the target: 5 servers would be on target.' })
  readonly reason!: string;
}

export class ClusterStatusDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({ enum: CLUSTER_STATUSES })
  readonly status!: ClusterStatus;

  @ApiProperty({ type: String, nullable: true })
  readonly status_reason!: string | null;

  @ApiProperty({
    type: ClusterStateDto,
    description: 'the most severe of its active alerts, its service level and its condition',
  })
  readonly state!: ClusterStateDto;

  @ApiProperty({ example: 2 })
  readonly min_servers!: number;

  @ApiProperty({ example: 20 })
  readonly max_servers!: number;

  @ApiProperty({ type: Number, nullable: true, example: 5, description: 'the last desired count' })
  readonly desired_servers!: number | null;

  @ApiProperty({
    type: ServerCountsDto,
    nullable: true,
    description: 'at the last tick; null before the first',
  })
  readonly servers!: ServerCountsDto | null;

  @ApiProperty({ type: Number, nullable: true, example: 71.2, description: 'mean percent' })
  readonly cpu!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 48 })
  readonly memory!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 1240, description: 'requests per second' })
  readonly request_rate!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 3.6, description: "servers' worth of capacity" })
  readonly demand!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 120 })
  readonly staleness_ms!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 61_000,
    description: 'measured lead time: from the request for a server until it is active',
  })
  readonly lead_time_ms!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly ticked_at!: string | null;

  @ApiProperty({ type: HoldDto, nullable: true })
  readonly hold!: HoldDto | null;

  @ApiProperty({
    type: ServiceLevelStateDto,
    nullable: true,
    description: 'null where the policy has no service level',
  })
  readonly service_level!: ServiceLevelStateDto | null;

  @ApiProperty({ type: LastDecisionDto, nullable: true })
  readonly last_decision!: LastDecisionDto | null;
}
