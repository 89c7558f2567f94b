import { Column, Entity, PrimaryColumn } from 'typeorm';

export type Mode = 'single' | 'shared';

/** Who ticks the clusters of the database: a single instance, or several that share them. One row. */
@Entity('occupancy')
export class OccupancyEntity {
  @PrimaryColumn('boolean', { default: true })
  id!: boolean;

  @Column('text')
  mode!: Mode;

  @Column('text')
  instance!: string;

  @Column('timestamptz', { name: 'seen_at' })
  seenAt!: Date;
}
