import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a tick observed of a cluster. The hypertable has no key: that which stands here is for TypeORM. */
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

  /** What the provider was last asked for. */
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

  /** Samples that were not believed. */
  @Column('integer', { default: 0 })
  refused!: number;

  /** The lead time that was planned with. */
  @Column('integer', { name: 'lead_time_ms', nullable: true })
  leadTimeMs!: number | null;

  /** Whether the servers are those of this tick, rather than those of the last time the provider answered. */
  @Column('boolean', { name: 'provider_answered', default: true })
  providerAnswered!: boolean;

  /** Active servers whose CPU was not taken for load yet. */
  @Column('integer', { default: 0 })
  warming!: number;
}
