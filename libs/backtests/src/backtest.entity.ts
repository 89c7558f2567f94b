import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { BacktestRequestDto } from './backtest.dto.js';
import type { BacktestResultDto } from './backtest-result.dto.js';
import type { BacktestStatus } from './backtest-status.js';

/** A backtest as a job: request, progress and result. Times are the database's. */
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

  /** Demand as CSV instead of the recorded history; selected only by the worker. */
  @Column('text', { nullable: true, select: false })
  trace!: string | null;

  @Column('jsonb', { nullable: true, select: false })
  result!: BacktestResultDto | null;

  @Column('text', { nullable: true })
  error!: string | null;

  /** Bounded, so that a job that crashes the process is not retried forever. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** The process that runs it. */
  @Column('uuid', { name: 'claimed_by', nullable: true })
  claimedBy!: string | null;

  /** Last heartbeat of that process. */
  @Column('timestamptz', { name: 'alive_at', nullable: true })
  aliveAt!: Date | null;

  // Milliseconds, like `Date`, so that cursors of list pages compare exactly.
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
