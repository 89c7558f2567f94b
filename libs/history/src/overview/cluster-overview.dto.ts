import { ApiProperty } from '@nestjs/swagger';
import { ApiSimulatedUntil, MoneyDto, POLICY_KINDS } from '#clusters';
import type { PolicyKind } from '#engine';
import { ErrorBudgetDto, PromiseDto } from '#scaler';
import { ClusterSummaryDto } from '../summary/cluster-summary.dto.js';

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

  @ApiProperty({ example: '6 servers: CPU is 86 %, above the limit.\nThe limit is 80 %. It has lasted 1 min.' })
  readonly reason!: string;

  @ApiProperty({ enum: ['pending', 'success', 'partial', 'failed'] })
  readonly outcome!: 'pending' | 'success' | 'partial' | 'failed';

  @ApiProperty({ type: String, nullable: true, example: null, description: 'what the provider answered, if it failed' })
  readonly error!: string | null;
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

export class ClusterOverviewDto extends ClusterSummaryDto {
  @ApiProperty({ example: 'ada', description: 'owner' })
  readonly owner!: string;

  @ApiProperty({ enum: POLICY_KINDS, isArray: true, example: ['slo'] })
  readonly policies!: readonly PolicyKind[];

  @ApiProperty({ enum: ['act', 'recommend'] })
  readonly mode!: 'act' | 'recommend';

  @ApiSimulatedUntil()
  readonly simulated_until!: string | null;

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

  @ApiProperty({ type: [MoneyDto], description: 'sum of the clusters whose cost is known, for each currency' })
  readonly cost_per_hour!: readonly MoneyDto[];

  @ApiProperty({ example: 0, description: 'clusters that the sums leave out, as their cost is not known' })
  readonly without_cost!: number;
}
