import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A live event that is too long for a notification; read and written by the adapter of socket.io. */
@Entity('live_attachments')
export class LiveAttachmentEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('bytea')
  payload!: Buffer;
}
