import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** An entry of the audit log. It is written once: the database refuses to change or delete it. */
@Entity('audit_log')
export class AuditEntryEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  /** The name, also when there is no such account. */
  @Column('text')
  actor!: string;

  @Column('text', { nullable: true })
  ip!: string | null;

  @Column('text')
  action!: string;

  @Column('text')
  outcome!: 'success' | 'failure';

  @Column('text', { name: 'target_type', nullable: true })
  targetType!: string | null;

  @Column('text', { name: 'target_id', nullable: true })
  targetId!: string | null;

  @Column('jsonb', { nullable: true })
  before!: object | null;

  @Column('jsonb', { nullable: true })
  after!: object | null;

  @Column('text', { name: 'trace_id', nullable: true })
  traceId!: string | null;
}
