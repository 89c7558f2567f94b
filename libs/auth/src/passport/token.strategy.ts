import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';
import { UnauthorizedError } from '#http';
import type { Session } from '../access/principal.js';
import type { TokenService } from '../session/token.service.js';
import type { LoginRequest, TokenExtractor } from './credentials.js';
import { ALGORITHM, areOurs, AUDIENCE, ISSUER } from './jwt-claims.js';
import type { JwtKeys } from './jwt-keys.js';

const CACHED_SIGNATURES = 10_000;

/** Verifies a token of this service, wherever a request carries it, and finds its session. */
export abstract class TokenStrategy extends PassportStrategy(Strategy) {
  /** Claims by token. The keys never change while the process runs, so a signature is verified once; the session is checked per request. */
  private readonly verified = new LRUCache<string, object>({ max: CACHED_SIGNATURES });

  constructor(
    private readonly tokenOf: TokenExtractor,
    keys: JwtKeys,
    private readonly tokens: TokenService,
  ) {
    super({
      jwtFromRequest: tokenOf,
      secretOrKeyProvider: keyProvider(keys),
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      // The session is, with the clock of the service.
      ignoreExpiration: true,
      passReqToCallback: true,
    });
  }

  override authenticate(request: Request, options?: object): void {
    const claims = this.verified.get(this.tokenOf(request) ?? '');
    if (claims === undefined) return super.authenticate(request, options);
    this.validate(request, claims).then(
      (session) => this.success(session),
      (error: Error) => this.error(error),
    );
  }

  /** @throws UnauthorizedError when the login of the token is not active */
  async validate(request: LoginRequest, claims: object): Promise<Session> {
    if (!areOurs(claims)) throw invalidToken();
    this.verified.set(this.tokenOf(request) ?? '', claims);
    return this.tokens.sessionOf(claims);
  }
}

/** The answer to a token that this service did not issue. */
export function invalidToken(): UnauthorizedError {
  return new UnauthorizedError('token_invalid', 'the token is not valid; log in again');
}

function keyProvider(keys: JwtKeys): SecretOrKeyProvider<LoginRequest> {
  return (_request, token: string, done) => {
    const key = keys.keyOf(token);
    if (key === undefined) return done(invalidToken());
    // Its types do not allow `KeyObject`. From a text, jsonwebtoken would create one per token, which takes longer than the verification.
    return done(null, key.secret as unknown as Buffer);
  };
}
