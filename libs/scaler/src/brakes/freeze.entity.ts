import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The freeze of all scaling: one row while it is in force, otherwise none. */
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
