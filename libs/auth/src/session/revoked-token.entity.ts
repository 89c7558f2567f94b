import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A token that was revoked before it expired. */
@Entity('revoked_tokens')
export class RevokedTokenEntity {
  @PrimaryColumn('uuid')
  jti!: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
