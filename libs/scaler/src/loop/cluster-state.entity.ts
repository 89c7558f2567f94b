import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EngineState } from '#engine';
import type { HeldAlert } from '../state/cluster-state.js';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import type { Backoff } from './cluster-memory.js';
import type { Tracking } from './tracking.js';

/** The loop's memory of a cluster; rewritten each tick. */
@Entity('cluster_states')
export class ClusterStateEntity {
  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('timestamptz', { name: 'ticked_at' })
  tickedAt!: Date;

  @Column('integer', { nullable: true })
  desired!: number | null;

  @Column('integer', { nullable: true })
  actual!: number | null;

  @Column('integer', { name: 'lead_time_ms', nullable: true })
  leadTimeMs!: number | null;

  /** As stored; `restoreState` checks whether it is still usable. */
  @Column('jsonb', { name: 'engine_state' })
  engineState!: unknown;

  @Column('jsonb')
  tracking!: Tracking;

  /** The policy on trial in its wire format; `candidate_state` belongs to it. */
  @Column('jsonb', { name: 'candidate_policy', nullable: true })
  candidatePolicy!: unknown;

  @Column('jsonb', { name: 'candidate_state', nullable: true })
  candidateState!: EngineState['policies'] | null;

  /** Active conditions. */
  @Column('jsonb', { nullable: true })
  alerts!: readonly HeldAlert<AlertCode>[] | null;

  @Column('jsonb', { nullable: true })
  backoff!: Backoff | null;
}
