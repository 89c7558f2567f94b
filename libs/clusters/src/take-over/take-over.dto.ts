import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import type { HandOver, HandOverStep } from '#providers';
import { TakenOverDto, takenOverToDto } from '../cluster.dto.js';
import type { Cluster } from '../cluster.js';

export class HandOverRequest {
  @ApiPropertyOptional({ default: false, description: 'Carry the steps out. Otherwise they are only listed.' })
  @IsOptional()
  @IsBoolean()
  readonly apply?: boolean;
}

export class HandOverStepDto {
  @ApiProperty({ example: 'HorizontalPodAutoscaler web', description: 'what the step changes' })
  readonly object!: string;

  @ApiProperty({ description: 'what it does, in a sentence' })
  readonly action!: string;

  @ApiProperty({ example: 'kubectl delete lease autoscaler.deployment.web -n shop', description: 'does the same' })
  readonly command!: string;

  @ApiProperty({ type: String, nullable: true, description: 'a command that undoes it' })
  readonly undo!: string | null;

  @ApiProperty({
    enum: ['planned', 'done', 'unchanged', 'gone'],
    description: '`unchanged`: it was so before; `gone`: the object does not exist any more',
  })
  readonly outcome!: HandOverStep['outcome'];

  @ApiProperty({ type: String, nullable: true, description: 'what was found otherwise than expected' })
  readonly note!: string | null;
}

export class HandOverDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ description: 'whether the steps were carried out' })
  readonly applied!: boolean;

  @ApiProperty({ enum: ['act', 'recommend'], description: 'of the policy, afterwards' })
  readonly mode!: 'act' | 'recommend';

  @ApiProperty({ type: TakenOverDto, nullable: true, description: 'what is switched off, afterwards' })
  readonly taken_over!: TakenOverDto | null;

  @ApiProperty({ type: [HandOverStepDto], description: 'in their order' })
  readonly steps!: readonly HandOverStepDto[];
}

export function handOverToDto(cluster: Cluster, applied: boolean, { steps }: HandOver): HandOverDto {
  return {
    cluster_id: cluster.id,
    applied,
    mode: cluster.policy.mode,
    taken_over: takenOverToDto(cluster.takenOver ?? null),
    steps,
  };
}
