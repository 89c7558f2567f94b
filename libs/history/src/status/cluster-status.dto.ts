import { ApiProperty } from '@nestjs/swagger';
import { ServiceLevelStateDto, TheirsDto } from '#scaler';
import { ClusterSummaryDto } from '../summary/cluster-summary.dto.js';

export class LastDecisionDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ enum: ['SCALE_UP', 'SCALE_DOWN', 'MAINTAIN'] })
  readonly action!: 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';

  @ApiProperty({ example: 5 })
  readonly desired!: number;

  @ApiProperty({ example: '5 servers: CPU is 82 %, above target.\nThe target is 60 %.' })
  readonly reason!: string;
}

export class ClusterStatusDto extends ClusterSummaryDto {
  @ApiProperty({ type: Number, nullable: true, example: 48 })
  readonly memory!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 1240, description: 'requests per second' })
  readonly request_rate!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 120 })
  readonly staleness_ms!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 61_000,
    description: 'measured lead time: from the request for a server until it is active',
  })
  readonly lead_time_ms!: number | null;

  @ApiProperty({
    type: ServiceLevelStateDto,
    nullable: true,
    description: 'null where the policy has no service level',
  })
  readonly service_level!: ServiceLevelStateDto | null;

  @ApiProperty({ type: LastDecisionDto, nullable: true })
  readonly last_decision!: LastDecisionDto | null;

  @ApiProperty({
    type: TheirsDto,
    nullable: true,
    description:
      'what another autoscaler of the same servers wanted at the last decision; null: there is none, or that is not known',
  })
  readonly theirs!: TheirsDto | null;
}
