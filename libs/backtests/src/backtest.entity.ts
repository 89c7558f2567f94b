import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { BacktestRequestDto } from './backtest.dto.js';
import type { BacktestResultDto } from './backtest-result.dto.js';
import type { BacktestStatus } from './backtest-status.js';

/** A backtest as a job: what is to be played, how far it is, and what came of it. Times are the database's. */
@Entity('backtests')
export class BacktestEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('uuid', { name: 'created_by' })
  createdBy!: string;

  @Column('text', { name: 'created_by_name' })
  createdByName!: string;

  @Column('text')
  status!: BacktestStatus;

  @Column('real', { default: 0 })
  progress!: number;

  @Column('jsonb')
  request!: BacktestRequestDto;

  /** Demand as CSV, where it is not the recorded history; read only by who plays it. */
  @Column('text', { nullable: true, select: false })
  trace!: string | null;

  @Column('jsonb', { nullable: true, select: false })
  result!: BacktestResultDto | null;

  @Column('text', { nullable: true })
  error!: string | null;

  /** How often it was begun: what ends the process each time must not do so for ever. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** The process that plays it. */
  @Column('uuid', { name: 'claimed_by', nullable: true })
  claimedBy!: string | null;

  /** That process's last sign of life. */
  @Column('timestamptz', { name: 'alive_at', nullable: true })
  aliveAt!: Date | null;

  // With no more digits than a `Date` has, so that a page of a list goes on where the last one ended.
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
