import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A removal of many servers that the policy of a cluster wants. */
@Entity('removal_proposals')
export class RemovalProposalEntity {
  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('text')
  endpoint!: string;

  /** Since when it is wanted without interruption. */
  @Column('timestamptz', { name: 'first_at' })
  firstAt!: Date;

  @Column('timestamptz', { name: 'last_at' })
  lastAt!: Date;

  @Column('boolean', { default: false })
  held!: boolean;

  /** Who lets it pass. */
  @Column('text', { name: 'released_by', nullable: true })
  releasedBy!: string | null;

  /** It is carried out, or wanted no longer. */
  @Column('boolean', { default: false })
  ended!: boolean;
}
