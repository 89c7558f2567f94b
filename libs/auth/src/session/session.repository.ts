import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, type Repository } from 'typeorm';
import type { Role, Scope } from '../access/principal.js';
import { RevokedTokenEntity } from './revoked-token.entity.js';

/** The current account of a login, and whether the login was revoked; `id` is `null` if the account was deleted. */
export interface LoginRow {
  readonly id: string | null;
  readonly username: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly password_hash: string;
  readonly disabled: boolean;
  readonly revoked: boolean;
  /** Logins from before it have ended. */
  readonly logins_ended_at: Date | null;
}

/** Logins in the database: which are revoked, and their accounts. */
@Injectable()
export class SessionRepository {
  constructor(@InjectRepository(RevokedTokenEntity) private readonly revoked: Repository<RevokedTokenEntity>) {}

  /** One statement for all logins; a row for each, in their order. */
  async find(logins: readonly { readonly userId: string; readonly tokenId: string }[]): Promise<LoginRow[]> {
    return this.revoked.query(
      `SELECT u.id, u.username, u.role, u.scope, u.password_hash, u.disabled_at IS NOT NULL AS disabled, r.jti IS NOT NULL AS revoked,
              u.logins_ended_at
         FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS login (user_id, jti, place)
         LEFT JOIN users u ON u.id = login.user_id LEFT JOIN revoked_tokens r ON r.jti = login.jti
        ORDER BY login.place`,
      [logins.map(({ userId }) => userId), logins.map(({ tokenId }) => tokenId)],
    );
  }

  /** Idempotent. Removes tokens that expired before `now`. */
  async revoke(jti: string, expiresAt: Date, now: Date): Promise<void> {
    await this.revoked.delete({ expiresAt: LessThan(now) });
    await this.revoked.createQueryBuilder().insert().values({ jti, expiresAt }).orIgnore().execute();
  }
}
