import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { UnauthorizedError } from '#http';
import { effectiveScope, type Session } from '../access/principal.js';
import type { UserEntity } from '../users/user.entity.js';
import type { Claims } from '../passport/jwt-claims.js';
import { JwtKeys } from '../passport/jwt-keys.js';
import { SessionRepository } from './session.repository.js';

/** How long a single instance caches a checked token; with several instances each request checks it, as another may have revoked it. */
const BELIEVED_FOR_MS = 1_000;
const CACHED_TOKENS = 10_000;

/** The claims of a token. */
type Login = Omit<Session, 'principal'> & { readonly userId: string };

/** Issues and revokes tokens, and finds the session of a token's claims; `TokenStrategy` verifies the token itself. */
@Injectable()
export class TokenService {
  private readonly believedFor: number;
  /** By the id of the token. */
  private readonly checked = new LRUCache<string, { session: Session; until: number }>({ max: CACHED_TOKENS });
  /** Number since the start. */
  private revocations = 0;

  constructor(
    private readonly jwt: JwtService,
    private readonly keys: JwtKeys,
    private readonly sessions: SessionRepository,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.believedFor = config.scaler.instances === 'shared' ? 0 : BELIEVED_FOR_MS;
  }

  /** @returns the token and its lifetime in seconds */
  async issue(user: UserEntity): Promise<{ token: string; expiresIn: number }> {
    const { kid, secret } = this.keys.signing;
    const token = await this.jwt.signAsync(
      { pwd: markOf(user.passwordHash), iat: Math.floor(this.clock.now() / 1000) },
      { subject: user.id, jwtid: randomUUID(), keyid: kid, privateKey: secret },
    );
    const { iat, exp } = this.jwt.decode<{ iat: number; exp: number }>(token);
    return { token, expiresIn: exp - iat };
  }

  /**
   * The session of a token.
   *
   * @param claims of a verified token
   * @throws UnauthorizedError when the login has expired or was revoked, or its account is gone or disabled
   */
  async sessionOf({ sub, jti, pwd, iat = 0, exp }: Claims): Promise<Session> {
    const now = this.clock.now();
    const expiresAt = exp * 1000;
    if (expiresAt <= now) throw new UnauthorizedError('token_expired', 'the login has expired; log in again');
    const known = this.checked.get(jti);
    if (known !== undefined && now < known.until) return known.session;
    const { revocations } = this;
    const login = { userId: sub, tokenId: jti, passwordMark: pwd ?? null, issuedAt: iat * 1000, expiresAt };
    const [session = null] = await this.current([login]);
    if (session === null) throw new UnauthorizedError('token_revoked', 'this login has ended; log in again');
    // A revocation during the lookup may not be in its result.
    if (revocations === this.revocations) this.checked.set(jti, { session, until: now + this.believedFor });
    return session;
  }

  /** The current state of logins, in one query; `null` for each that has ended. */
  async recheck(sessions: readonly Session[]): Promise<readonly (Session | null)[]> {
    return this.current(sessions.map(({ principal, ...login }) => ({ userId: principal.id, ...login })));
  }

  async revoke(session: Session): Promise<void> {
    await this.sessions.revoke(session.tokenId, new Date(session.expiresAt), new Date(this.clock.now()));
    this.revocations += 1;
    this.checked.delete(session.tokenId);
  }

  /** With the current accounts: a changed role applies to older tokens. */
  private async current(logins: readonly Login[]): Promise<(Session | null)[]> {
    const rows = await this.sessions.find(logins);
    const now = this.clock.now();
    return logins.map(({ tokenId, passwordMark, issuedAt, expiresAt }, index) => {
      const row = rows[index];
      if (row === undefined || row.id === null || row.disabled || row.revoked || expiresAt <= now) return null;
      if (row.logins_ended_at !== null && issuedAt < row.logins_ended_at.getTime()) return null;
      if (passwordMark !== null && passwordMark !== markOf(row.password_hash)) return null;
      const { id, username, role } = row;
      return {
        principal: { id, username, role, scope: effectiveScope(row) },
        tokenId,
        passwordMark,
        issuedAt,
        expiresAt,
      };
    });
  }
}

/** Distinguishes passwords without revealing them: it is derived from the salted hash. */
function markOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
}
