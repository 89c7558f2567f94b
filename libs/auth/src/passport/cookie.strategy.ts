import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '#config';
import { type OriginCheck, originCheck } from '#http';
import type { Session } from '../access/principal.js';
import { TokenService } from '../session/token.service.js';
import { cookieToken, type LoginRequest } from './credentials.js';
import { refuseForgery } from './forgery.js';
import { JwtKeys } from './jwt-keys.js';
import { TokenStrategy } from './token.strategy.js';

/** For pages, whose browser sends the cookie automatically, also on requests of other sites. */
@Injectable()
export class CookieStrategy extends TokenStrategy {
  private readonly isAllowedOrigin: OriginCheck;

  constructor(keys: JwtKeys, tokens: TokenService, @Inject(APP_CONFIG) { api }: AppConfig) {
    super(cookieToken, keys, tokens);
    this.isAllowedOrigin = originCheck(api.cors.allowedOrigins, api.trustedProxies);
  }

  /** @throws ForbiddenError when the request may come from another site */
  override async validate(request: LoginRequest, claims: object): Promise<Session> {
    const session = await super.validate(request, claims);
    refuseForgery(request, this.isAllowedOrigin);
    return session;
  }
}
