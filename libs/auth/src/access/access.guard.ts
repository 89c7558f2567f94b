import { type CanActivate, type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { APP_CONFIG, type AppConfig } from '#config';
import { ForbiddenError, type OriginCheck, originCheck, UnauthorizedError } from '#http';
import { TokenService } from '../session/token.service.js';
import { ACCESS, type Access, type AuthenticatedRequest } from './access.decorators.js';
import { extractToken } from './credentials.js';
import { isReading, mayBeForged } from './forgery.js';
import { forChange } from './principal.js';

/** Guards every route. A route that does not say who may call it is called by nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly logger = new Logger(AccessGuard.name);
  private readonly isAllowedOrigin: OriginCheck;

  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenService,
    @Inject(APP_CONFIG) { api }: AppConfig,
  ) {
    this.isAllowedOrigin = originCheck(api.cors.allowedOrigins, api.trustedProxies);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Sockets are authenticated at their handshake, by their gateway.
    if (context.getType() !== 'http') return true;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    if (access === undefined) {
      this.logger.error(`${context.getClass().name}.${context.getHandler().name} does not say who may call it`);
      throw new ForbiddenError('route_not_open', 'nobody may call this route');
    }
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const credentials = extractToken(request.headers);
    if (credentials === undefined)
      throw new UnauthorizedError(
        'not_authenticated',
        'log in first: send the token or the cookie of POST /auth/login',
      );
    const session = await this.tokens.verify(credentials.token);
    if (credentials.from === 'cookie' && mayBeForged(request, this.isAllowedOrigin)) {
      throw new ForbiddenError(
        'csrf_refused',
        'this request may come from another site; send the token in the Authorization header instead',
      );
    }
    if (!access.includes(session.principal.role)) {
      throw new ForbiddenError(
        'role_not_allowed',
        `role ${session.principal.role} may not do this; it takes ${access.join(' or ')}`,
      );
    }
    // Here and not in each route: one that forgot it would let readers change what belongs to others.
    request.session = isReading(request.method) ? session : { ...session, principal: forChange(session.principal) };
    return true;
  }
}
