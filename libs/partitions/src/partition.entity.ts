import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which instance holds a partition, under which fencing token. */
@Entity('shares')
export class PartitionEntity {
  @PrimaryColumn('integer', { name: 'share' })
  partition!: number;

  /** Increases whenever the partition changes hands. */
  @Column('bigint', { default: 0 })
  token!: string;

  @Column('text', { nullable: true })
  holder!: string | null;

  /** The pg-boss job that the holder claimed. */
  @Column('uuid', { name: 'job_id' })
  jobId!: string;

  /** The attempt of that job. */
  @Column('integer')
  attempt!: number;

  @Column('timestamptz', { name: 'taken_at', default: () => 'now()' })
  takenAt!: Date;
}
