import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Webhook for the alerts of an account's clusters. */
@Entity('alert_webhooks')
export class AlertWebhookEntity {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  url!: string;

  @Column('text')
  secret!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
