import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { ManualHold } from '#engine';

export class ManualScalingRequest {
  @ApiProperty({ example: 8, minimum: 0, description: "Within the cluster's min_servers and max_servers" })
  @IsInt()
  @Min(0)
  @Max(100_000)
  readonly desired_servers!: number;

  @ApiPropertyOptional({
    example: '15m',
    default: '15m',
    description: 'How long no policy changes the count; at most 7 days',
  })
  @IsOptional()
  @IsString()
  @MaxLength(50)
  readonly hold_for?: string;
}

export class HoldDto {
  @ApiProperty({ example: 8 })
  readonly desired_servers!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-05T12:15:00.000Z' })
  readonly until!: string;

  @ApiProperty({ example: 'alice', description: 'Who asked for it' })
  readonly by!: string;
}

export class ManualScalingDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: HoldDto, nullable: true, description: 'null once released' })
  readonly hold!: HoldDto | null;
}

export function toManualScalingDto(clusterId: string, hold: ManualHold | null): ManualScalingDto {
  return { cluster_id: clusterId, hold: hold === null ? null : toHoldDto(hold) };
}

export function toHoldDto({ desired, until, by }: ManualHold): HoldDto {
  return { desired_servers: desired, until: new Date(until).toISOString(), by };
}
