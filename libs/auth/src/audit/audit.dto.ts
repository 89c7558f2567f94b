import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { HistoryQuery } from '#http';
import { AUDIT_ACTIONS } from './audit-actions.js';
import type { AuditRow } from './audit-entry.repository.js';

/** The kinds of things that entries are about. */
export const TARGET_TYPES = ['cluster', 'backtest', 'connection', 'user', 'account', 'address'] as const;

const OUTCOMES = ['success', 'failure'] as const;

export class AuditQuery extends HistoryQuery {
  @ApiPropertyOptional({ example: 'cluster.update', maxLength: 64, description: 'only this action' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly action?: string;

  @ApiPropertyOptional({ example: 'ada', maxLength: 100, description: 'only what this user did or tried, by name' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly actor?: string;

  @ApiPropertyOptional({
    example: 'web',
    maxLength: 100,
    description:
      'only what was done to the cluster, connection or user of this name, also before and after a change of name; of a cluster also its backtests',
  })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly target?: string;

  @ApiPropertyOptional({
    enum: TARGET_TYPES,
    description: 'only what was done to this kind of thing; `account` and `address` are those that were locked',
  })
  @IsOptional()
  @IsIn(TARGET_TYPES)
  readonly target_type?: (typeof TARGET_TYPES)[number];

  @ApiPropertyOptional({ enum: OUTCOMES, description: '`failure`: what was tried and refused' })
  @IsOptional()
  @IsIn(OUTCOMES)
  readonly outcome?: (typeof OUTCOMES)[number];
}

export class AuditEntryDto implements AuditRow {
  @ApiProperty({ example: '17' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  readonly actor_id!: string | null;

  @ApiProperty({ example: 'ada' })
  readonly actor!: string;

  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  readonly ip!: string | null;

  @ApiProperty({ enum: AUDIT_ACTIONS, example: 'cluster.update' })
  readonly action!: string;

  @ApiProperty({ enum: OUTCOMES })
  readonly outcome!: 'success' | 'failure';

  @ApiProperty({ type: String, nullable: true, example: 'cluster' })
  readonly target_type!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly target_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'web',
    description: 'name of the target at that time; of a backtest, the name of its cluster; null: unknown',
  })
  readonly target_name!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'the cluster that it is about' })
  readonly cluster_id!: string | null;

  @ApiProperty({ type: Object, nullable: true })
  readonly before!: object | null;

  @ApiProperty({ type: Object, nullable: true })
  readonly after!: object | null;

  @ApiProperty({ type: String, nullable: true })
  readonly trace_id!: string | null;
}

export class AuditListDto {
  @ApiProperty({ type: [AuditEntryDto] })
  readonly entries!: readonly AuditEntryDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional()
  readonly next_cursor?: string;
}
