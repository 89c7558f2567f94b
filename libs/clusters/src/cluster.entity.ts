import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ClusterProvider } from '#providers';
import type { ClusterConfigDto } from './cluster.dto.js';
import type { ClusterStatus, TakeOver, Undone } from './cluster.js';
import type { StatedCostDto } from './cost/cost.dto.js';
import type { PolicyDto } from './policy/policy.dto.js';

/** A stored cluster. A deleted one keeps its row for its history. */
@Entity('clusters')
export class ClusterEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  name!: string;

  @Column('integer', { name: 'min_servers' })
  minServers!: number;

  @Column('integer', { name: 'max_servers' })
  maxServers!: number;

  @Column('jsonb')
  policy!: PolicyDto;

  @Column('jsonb')
  provider!: ClusterProvider;

  @Column('jsonb', { default: () => `'{}'` })
  config!: ClusterConfigDto;

  @Column('text')
  status!: ClusterStatus;

  @Column('text', { name: 'status_reason', nullable: true })
  statusReason!: string | null;

  @Column('integer', { name: 'hold_desired', nullable: true })
  holdDesired!: number | null;

  @Column('timestamptz', { name: 'hold_until', nullable: true })
  holdUntil!: Date | null;

  @Column('text', { name: 'hold_by', nullable: true })
  holdBy!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  /** The policy on trial. */
  @Column('jsonb', { nullable: true })
  candidate!: PolicyDto | null;

  @Column('timestamptz', { name: 'candidate_since', nullable: true })
  candidateSince!: Date | null;

  @Column('text', { name: 'candidate_by', nullable: true })
  candidateBy!: string | null;

  @Column('boolean', { name: 'hold_immediate', default: false })
  holdImmediate!: boolean;

  @Column('boolean', { name: 'bounds_immediate', default: false })
  boundsImmediate!: boolean;

  /** Bounds and hold as they were before the last change of either. */
  @Column('jsonb', { nullable: true })
  undo!: unknown;

  /** The change of either that was taken back last. */
  @Column('jsonb', { nullable: true })
  undone!: Undone | null;

  /** What was switched off, so that this service scales the servers. */
  @Column('jsonb', { name: 'taken_over', nullable: true })
  takenOver!: TakeOver | null;

  /** What a server costs; `null`: not stated. */
  @Column('jsonb', { nullable: true })
  cost!: StatedCostDto | null;

  /** History before this time was simulated; `null`: none of it was. */
  @Column('timestamptz', { name: 'simulated_until', nullable: true })
  simulatedUntil!: Date | null;

  /** Key of its servers; unique among clusters that are not deleted. */
  @Column('text', { name: 'target_key', nullable: true })
  targetKey!: string | null;

  /** The older cluster with the same servers. */
  @Column('uuid', { name: 'conflicts_with', nullable: true })
  conflictsWith!: string | null;
}
