import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import type { Action, Step } from '#engine';
import { HistoryQuery } from '#http';
import type { RecordedDecision } from './decision.repository.js';
import { POLICY_ROLES, type PolicyRole } from './policy-role.js';

const ACTIONS: readonly Action[] = ['SCALE_UP', 'SCALE_DOWN', 'MAINTAIN'];

export class DecisionsQuery extends HistoryQuery {
  @ApiPropertyOptional({
    description: 'Only decisions with one of these actions, separated by commas',
    example: 'SCALE_UP,SCALE_DOWN',
    type: String,
    pattern: `^(${ACTIONS.join('|')})(,(${ACTIONS.join('|')}))*$`,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsIn(ACTIONS, { each: true })
  readonly action?: readonly Action[];

  @ApiPropertyOptional({
    enum: POLICY_ROLES,
    default: 'acting',
    description: 'Decisions of the acting policy, or of the candidate',
  })
  @IsOptional()
  @IsIn(POLICY_ROLES)
  readonly policy_role?: PolicyRole;

  @ApiPropertyOptional({ description: 'Whether to include the steps', default: false })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  readonly steps?: boolean;
}

export class StepDto {
  @ApiProperty({ example: 'propose', description: 'Stage of the decision' })
  readonly stage!: string;

  @ApiPropertyOptional({ example: 'threshold', description: 'The policy that took the step, where one did' })
  readonly policy?: string;

  @ApiProperty({ example: 'high', description: 'What happened, for programs' })
  readonly code!: string;

  @ApiProperty({ type: Number, nullable: true, example: 4, description: 'Servers before; null at the first step' })
  readonly before!: number | null;

  @ApiProperty({ example: 6, description: 'Servers after' })
  readonly after!: number;

  @ApiProperty({
    example: '6 servers: CPU is 86 %, above the limit.\nThe limit is 80 %. It has lasted 1 min.',
    description: 'What happened, for people; the first line is the headline',
  })
  readonly reason!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { cpu: 86.2 },
    description: 'The numbers behind the sentence',
  })
  readonly data?: Step['data'];

  @ApiPropertyOptional({
    description:
      'Not part of the chain: a forecast, or a policy that did not decide. The other steps form a chain from the listed to the desired count.',
  })
  readonly aside?: true;
}

export class TheirsDto {
  @ApiProperty({ example: 'HorizontalPodAutoscaler web', description: 'Its kind and name' })
  readonly by!: string;

  @ApiProperty({ example: 5, description: 'The count that it would set' })
  readonly desired!: number;
}

export class DecisionDto {
  @ApiProperty({ format: 'uuid', example: '019b8f4a-2c00-7c1e-9d6f-0f9f4a3c2b1d' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-05T12:00:00.000Z' })
  readonly timestamp!: string;

  @ApiProperty({ enum: ACTIONS, example: 'SCALE_UP' })
  readonly action!: Action;

  @ApiProperty({
    example: 4,
    description:
      'The count that the decision starts from: the reference count, or the listed one where missing servers are requested again',
  })
  readonly current!: number;

  @ApiProperty({ example: 6, description: 'The desired count; equals the current one when nothing changes' })
  readonly desired!: number;

  @ApiProperty({ example: 6, description: 'The count that the policies proposed, before bounds' })
  readonly wished!: number;

  @ApiProperty({ example: 0, description: 'Servers that are needed beyond the upper bound' })
  readonly unmet!: number;

  @ApiProperty({ example: 'threshold', description: 'The policy that had the last word, or `hold` or `none`' })
  readonly policy!: string;

  @ApiProperty({ example: 'high' })
  readonly code!: string;

  @ApiProperty({
    example: '6 servers: CPU is 86 %, above the limit.\nThe limit is 80 %. It has lasted 1 min.',
    description: 'The first line is the headline, with at most two numbers; the second, if any, the reasons behind it',
  })
  readonly reason!: string;

  @ApiProperty({ enum: ['act', 'recommend'], description: 'In `recommend` mode decisions are not carried out' })
  readonly mode!: 'act' | 'recommend';

  @ApiProperty({
    enum: POLICY_ROLES,
    description: 'Role of the policy; decisions of a candidate are never carried out',
  })
  readonly policy_role!: PolicyRole;

  @ApiProperty({
    type: TheirsDto,
    nullable: true,
    description:
      'What another autoscaler of the same servers wanted at that time; `null`: there was none, or that was not known. It decides nothing here.',
  })
  readonly theirs!: TheirsDto | null;

  @ApiPropertyOptional({ type: [StepDto], description: 'The steps to the desired count, in order' })
  readonly steps?: readonly StepDto[];
}

export class DecisionListDto {
  @ApiProperty({ type: [DecisionDto] })
  readonly decisions!: readonly DecisionDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'Pass it as `cursor` for the next page; absent on the last one' })
  readonly next_cursor?: string;
}

export function toDecisionDto(clusterId: string, { at, ...decision }: RecordedDecision): DecisionDto {
  return { ...decision, cluster_id: clusterId, timestamp: at.toISOString() };
}
