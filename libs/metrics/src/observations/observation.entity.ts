import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An observation of a cluster at a tick. The hypertable has no primary key: the one here is for TypeORM only. */
@Entity('observations')
export class ObservationEntity {
  @PrimaryColumn('timestamptz')
  at!: Date;

  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('integer')
  active!: number;

  @Column('integer')
  provisioning!: number;

  @Column('integer')
  draining!: number;

  @Column('integer')
  reporting!: number;

  /** The last desired count. */
  @Column('integer', { nullable: true })
  desired!: number | null;

  @Column('real', { nullable: true })
  cpu!: number | null;

  @Column('real', { name: 'cpu_max', nullable: true })
  cpuMax!: number | null;

  @Column('real', { nullable: true })
  memory!: number | null;

  @Column('real', { name: 'memory_max', nullable: true })
  memoryMax!: number | null;

  @Column('double precision', { name: 'request_rate', nullable: true })
  requestRate!: number | null;

  @Column('double precision', { nullable: true })
  demand!: number | null;

  @Column('boolean')
  saturated!: boolean;

  @Column('integer', { name: 'staleness_ms', nullable: true })
  stalenessMs!: number | null;

  /** Rejected samples. */
  @Column('integer', { default: 0 })
  refused!: number;

  /** The lead time used for planning. */
  @Column('integer', { name: 'lead_time_ms', nullable: true })
  leadTimeMs!: number | null;

  /** Whether the servers are those of this tick, rather than of the last successful poll. */
  @Column('boolean', { name: 'provider_answered', default: true })
  providerAnswered!: boolean;

  /** Requests per second of the whole cluster where its source counts slow or failed ones; `null`: unknown, or it does not. */
  @Column('double precision', { name: 'measured_request_rate', nullable: true })
  measuredRequestRate!: number | null;

  /** Of these, slow or failed ones. */
  @Column('double precision', { name: 'measured_bad_rate', nullable: true })
  measuredBadRate!: number | null;

  /** Active servers whose CPU does not count as load yet. */
  @Column('integer', { default: 0 })
  warming!: number;
}
