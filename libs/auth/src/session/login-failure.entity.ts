import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The failed logins of an account or an address, and how long it is locked. */
@Entity('login_failures')
export class LoginFailureEntity {
  @PrimaryColumn('text')
  kind!: 'account' | 'address';

  @PrimaryColumn('text')
  subject!: string;

  @Column('integer')
  failures!: number;

  @Column('timestamptz', { name: 'last_at' })
  lastAt!: Date;

  @Column('timestamptz', { name: 'locked_until', nullable: true })
  lockedUntil!: Date | null;
}
