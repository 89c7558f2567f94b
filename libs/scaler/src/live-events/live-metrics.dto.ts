import { ApiProperty, OmitType } from '@nestjs/swagger';
import { SampleDto } from '#metrics';
import { ServerCountsDto } from '../state/server-counts.dto.js';

export class LiveSummaryDto {
  @ApiProperty({ example: 61.2 })
  readonly mean!: number;

  @ApiProperty({ example: 83 })
  readonly max!: number;
}

export class LiveSampleDto extends OmitType(SampleDto, ['timestamp']) {}

/** What a tick observed of a cluster. */
export class LiveMetricsDto extends ServerCountsDto {
  @ApiProperty({ example: 4, description: 'servers with a sample' })
  readonly reporting!: number;

  @ApiProperty({ type: LiveSummaryDto, nullable: true, description: 'percent, over all servers; `null`: unknown' })
  readonly cpu!: LiveSummaryDto | null;

  @ApiProperty({ type: LiveSummaryDto, nullable: true, description: 'percent, over all servers; `null`: unknown' })
  readonly memory!: LiveSummaryDto | null;

  @ApiProperty({ type: Number, nullable: true, example: 3210, description: 'requests per second of the cluster' })
  readonly request_rate!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 2.9, description: "in servers' worth of capacity" })
  readonly demand!: number | null;

  @ApiProperty({ description: 'whether servers are full, so that demand may be higher than was measured' })
  readonly saturated!: boolean;

  @ApiProperty({ type: Number, nullable: true, example: 800, description: 'age of the samples in milliseconds' })
  readonly staleness_ms!: number | null;

  @ApiProperty({ type: [LiveSampleDto], description: 'empty for clients that asked for summaries' })
  readonly servers!: readonly LiveSampleDto[];
}
