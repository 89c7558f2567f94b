import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { HistoryQuery } from '#http';
import type { AuditRow } from './audit-entry.repository.js';

export class AuditQuery extends HistoryQuery {
  @ApiPropertyOptional({ example: 'cluster.update' })
  @IsOptional()
  @IsString()
  readonly action?: string;

  @ApiPropertyOptional({ example: 'ada' })
  @IsOptional()
  @IsString()
  readonly actor?: string;
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

  @ApiProperty({ example: 'cluster.update' })
  readonly action!: string;

  @ApiProperty({ enum: ['success', 'failure'] })
  readonly outcome!: 'success' | 'failure';

  @ApiProperty({ type: String, nullable: true, example: 'cluster' })
  readonly target_type!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly target_id!: string | null;

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
