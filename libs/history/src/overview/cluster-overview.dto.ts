import { ApiProperty } from '@nestjs/swagger';
import { CLUSTER_STATUSES, type ClusterStatus, HoldDto } from '#clusters';
import { ServerCountsDto } from '../status/cluster-status.dto.js';
import { ClusterStateDto, ErrorBudgetDto, PromiseDto } from '#scaler';

const POLICY_KINDS = ['slo', 'target_tracking', 'threshold', 'schedule'] as const;
export type PolicyKindOnWire = (typeof POLICY_KINDS)[number];

export class LastScalingDto {
  @ApiProperty({ format: 'uuid', description: 'also the id of the decision' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly timestamp!: string;

  @ApiProperty({ enum: ['SCALE_UP', 'SCALE_DOWN'] })
  readonly action!: 'SCALE_UP' | 'SCALE_DOWN';

  @ApiProperty({ example: 4 })
  readonly servers_before!: number;

  @ApiProperty({ example: 6 })
  readonly desired!: number;

  @ApiProperty({ example: '6 servers: CPU is 86 %, above 80 % for 1 min.' })
  readonly reason!: string;

  @ApiProperty({ enum: ['pending', 'success', 'partial', 'failed'] })
  readonly outcome!: 'pending' | 'success' | 'partial' | 'failed';
}

export class RecentDemandDto {
  @ApiProperty({ format: 'date-time', description: 'when the first bucket begins' })
  readonly start!: string;

  @ApiProperty({ example: 10_000 })
  readonly step_ms!: number;

  @ApiProperty({
    type: 'array',
    items: { type: 'number', nullable: true },
    description: "mean demand by bucket, in servers' worth of capacity; null where nothing was observed",
  })
  readonly values!: readonly (number | null)[];
}

export class ClusterOverviewDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'web' })
  readonly name!: string;

  @ApiProperty({ example: 'ada', description: 'owner' })
  readonly owner!: string;

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

  @ApiProperty({ enum: POLICY_KINDS, isArray: true, example: ['slo'] })
  readonly policies!: readonly PolicyKindOnWire[];

  @ApiProperty({ enum: ['act', 'recommend'] })
  readonly mode!: 'act' | 'recommend';

  @ApiProperty({ type: Number, nullable: true, description: 'the last desired count' })
  readonly desired_servers!: number | null;

  @ApiProperty({
    type: ServerCountsDto,
    nullable: true,
    description: 'at the last tick; null before the first',
  })
  readonly servers!: ServerCountsDto | null;

  @ApiProperty({ type: Number, nullable: true, example: 71.2, description: 'mean percent' })
  readonly cpu!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 3.6, description: "servers' worth of capacity" })
  readonly demand!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly ticked_at!: string | null;

  @ApiProperty({ type: HoldDto, nullable: true })
  readonly hold!: HoldDto | null;

  @ApiProperty({ type: LastScalingDto, nullable: true })
  readonly last_scaling!: LastScalingDto | null;

  @ApiProperty({ type: PromiseDto, nullable: true, description: 'null where the policy has no service level' })
  readonly promise!: PromiseDto | null;

  @ApiProperty({ type: ErrorBudgetDto, nullable: true, description: 'null until it is known' })
  readonly budget!: ErrorBudgetDto | null;

  @ApiProperty({ type: RecentDemandDto })
  readonly recent_demand!: RecentDemandDto;
}

export class ClusterOverviewListDto {
  @ApiProperty({ type: [ClusterOverviewDto] })
  readonly clusters!: readonly ClusterOverviewDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;
}
