import { Column, Entity, Generated, PrimaryColumn } from 'typeorm';

/** An alert queued for one receiver. */
@Entity('alert_deliveries')
export class AlertDeliveryEntity {
  /** The alert's id; the same for every attempt. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The user who owns the webhook; the nil UUID for the webhook of the installation. */
  @PrimaryColumn('uuid')
  receiver!: string;

  /** Order of delivery per receiver. */
  @Generated('increment')
  @Column('bigint')
  seq!: string;

  @Column('text')
  body!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('integer', { default: 0 })
  attempts!: number;

  @Column('timestamptz', { name: 'next_attempt_at', default: () => 'clock_timestamp()' })
  nextAttemptAt!: Date;
}
