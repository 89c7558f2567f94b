import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which instance holds a partition of the clusters, under which fencing token. */
@Entity('shares')
export class PartitionEntity {
  @PrimaryColumn('integer', { name: 'share' })
  partition!: number;

  /** Raised whenever the partition changes hands. */
  @Column('bigint', { default: 0 })
  token!: string;

  @Column('text', { nullable: true })
  holder!: string | null;

  /** The job of pg-boss that the holder claimed. */
  @Column('uuid', { name: 'job_id' })
  jobId!: string;

  /** Which claim of the job it is. */
  @Column('integer')
  attempt!: number;

  @Column('timestamptz', { name: 'taken_at', default: () => 'now()' })
  takenAt!: Date;
}
