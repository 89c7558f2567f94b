import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A stored connection, without its secrets. */
@Entity('connections')
export class ConnectionEntity {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** Unique in the installation. */
  @Column('text')
  name!: string;

  @Column('text')
  type!: string;

  @Column('jsonb')
  spec!: Record<string, unknown>;

  @Column('uuid', { name: 'owner_id' })
  ownerId!: string;

  @Column('boolean', { default: false })
  shared!: boolean;

  /** Rises with every change of spec or secrets. */
  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;
}
