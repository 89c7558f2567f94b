import { Column, Entity, Generated, PrimaryColumn } from 'typeorm';

/** An alert that waits to be posted to one receiver. */
@Entity('alert_deliveries')
export class AlertDeliveryEntity {
  /** Of the alert: the same at every attempt. */
  @PrimaryColumn('uuid')
  id!: string;

  /** The user whose webhook it is, or the nil UUID for that of the installation. */
  @PrimaryColumn('uuid')
  receiver!: string;

  /** The order in which a receiver gets its alerts. */
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
