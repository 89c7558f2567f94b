import { ApiProperty } from '@nestjs/swagger';
import { CLUSTER_STATUSES, type ClusterStatus, HoldDto, MoneyDto, StatedCostDto } from '#clusters';
import { ClusterStateDto, ServerCountsDto } from '#scaler';

/** What the list of clusters and the page of one cluster both show. */
export class ClusterSummaryDto {
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

  @ApiProperty({ type: StatedCostDto, nullable: true, description: 'what a server costs; null: not stated' })
  readonly cost!: StatedCostDto | null;

  @ApiProperty({
    type: MoneyDto,
    nullable: true,
    description: 'of all servers above: active, provisioning and draining; null: the cost or the servers are not known',
  })
  readonly cost_per_hour!: MoneyDto | null;

  @ApiProperty({ type: Number, nullable: true, example: 71.2, description: 'mean percent' })
  readonly cpu!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 3.6, description: "servers' worth of capacity" })
  readonly demand!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly ticked_at!: string | null;

  @ApiProperty({ type: HoldDto, nullable: true })
  readonly hold!: HoldDto | null;
}
