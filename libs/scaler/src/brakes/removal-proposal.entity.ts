import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A big removal that a cluster's policy proposes. */
@Entity('removal_proposals')
export class RemovalProposalEntity {
  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('text')
  endpoint!: string;

  /** Proposed without interruption since then. */
  @Column('timestamptz', { name: 'first_at' })
  firstAt!: Date;

  @Column('timestamptz', { name: 'last_at' })
  lastAt!: Date;

  @Column('boolean', { default: false })
  held!: boolean;

  /** The user who released it. */
  @Column('text', { name: 'released_by', nullable: true })
  releasedBy!: string | null;

  /** Carried out, or no longer proposed. */
  @Column('boolean', { default: false })
  ended!: boolean;
}
