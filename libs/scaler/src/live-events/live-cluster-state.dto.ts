import { ApiProperty } from '@nestjs/swagger';
import { HoldDto } from '#clusters';
import type { ServerState } from '#engine';
import { ClusterStateDto } from '../state/cluster-state.dto.js';
import { ServerCountsDto } from '../state/server-counts.dto.js';

const SERVER_STATES = ['PROVISIONING', 'ACTIVE', 'DRAINING', 'TERMINATED'] as const satisfies readonly ServerState[];

export class LiveServerStateDto {
  @ApiProperty({ example: 'srv-1' })
  readonly server_id!: string;

  @ApiProperty({ enum: SERVER_STATES })
  readonly state!: ServerState;
}

/** The current state of a cluster. */
export class LiveClusterStateDto extends ServerCountsDto {
  @ApiProperty({ enum: ['active', 'paused', 'error'] })
  readonly status!: string;

  @ApiProperty({ description: 'the worst of its active alerts, its promise and its condition' })
  readonly state!: ClusterStateDto;

  @ApiProperty({ type: Number, nullable: true, example: 5, description: '`null` before the first decision' })
  readonly desired!: number | null;

  @ApiProperty({ example: 5, description: 'servers that the provider lists' })
  readonly actual!: number;

  @ApiProperty({ example: 2 })
  readonly min_servers!: number;

  @ApiProperty({ example: 20 })
  readonly max_servers!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 120_000,
    description: 'how long nine of ten new servers take until they take load; `null` before one was measured',
  })
  readonly lead_time_ms!: number | null;

  @ApiProperty({ type: HoldDto, nullable: true, description: 'a count that a person has set for a time' })
  readonly hold!: HoldDto | null;

  @ApiProperty({ type: [LiveServerStateDto], description: 'empty for clients that asked for summaries' })
  readonly servers!: readonly LiveServerStateDto[];
}
