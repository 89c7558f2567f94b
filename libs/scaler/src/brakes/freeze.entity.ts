import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The freeze of all scaling: at most one row, which is there while nothing may act. */
@Entity('freezes')
export class FreezeEntity {
  @PrimaryColumn('boolean', { default: true })
  id!: boolean;

  @Column('timestamptz', { name: 'frozen_at', default: () => 'clock_timestamp()' })
  frozenAt!: Date;

  @Column('text', { name: 'frozen_by' })
  frozenBy!: string;

  @Column('text', { nullable: true })
  reason!: string | null;
}
