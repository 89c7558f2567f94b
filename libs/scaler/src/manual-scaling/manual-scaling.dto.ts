import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { HoldDto, holdToDto } from '#clusters';
import type { Bounds, ManualHold, Policy } from '#engine';
import { IsDuration } from '#http';

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
  @IsDuration({ min: '1s', max: '7d' })
  readonly hold_for?: string;

  @ApiPropertyOptional({
    default: false,
    description:
      'Removes more than half of the servers at once. Otherwise a fifth of the servers is removed per interval.',
  })
  @IsOptional()
  @IsBoolean()
  readonly immediate?: boolean;
}

export class ManualScalingDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: HoldDto, nullable: true, description: 'null once released' })
  readonly hold!: HoldDto | null;

  @ApiProperty({
    enum: ['act', 'recommend'],
    description: '`recommend`: the count is only recommended, and the service changes no server',
  })
  readonly mode!: Policy['mode'];
}

export class UndoRequest {
  @ApiPropertyOptional({
    default: false,
    description:
      'Where servers were added: removes more than half at once. Otherwise a fifth of the servers goes with each interval.',
  })
  @IsOptional()
  @IsBoolean()
  readonly immediate?: boolean;
}

export class UndoneDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ example: 2, description: 'As before the change that was undone' })
  readonly min_servers!: number;

  @ApiProperty({ example: 100 })
  readonly max_servers!: number;

  @ApiProperty({ type: HoldDto, nullable: true, description: 'null if there was none, or it has ended' })
  readonly hold!: HoldDto | null;
}

export function toUndoneDto(clusterId: string, { min, max }: Bounds, hold: ManualHold | null): UndoneDto {
  return {
    cluster_id: clusterId,
    min_servers: min,
    max_servers: max,
    hold: holdToDto(hold),
  };
}

export function toManualScalingDto(
  { id, policy }: { readonly id: string; readonly policy: Pick<Policy, 'mode'> },
  hold: ManualHold | null,
): ManualScalingDto {
  return { cluster_id: id, hold: holdToDto(hold), mode: policy.mode };
}
