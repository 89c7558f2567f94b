import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A sample of a server. The hypertable has no primary key: the one here is for TypeORM only. */
@Entity('samples')
export class SampleEntity {
  @PrimaryColumn('timestamptz')
  at!: Date;

  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @PrimaryColumn('text', { name: 'server_id' })
  serverId!: string;

  @Column('real', { nullable: true })
  cpu!: number | null;

  @Column('real', { nullable: true })
  memory!: number | null;

  @Column('real', { name: 'request_rate', nullable: true })
  requestRate!: number | null;
}
