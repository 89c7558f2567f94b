import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError } from '#http';
import { Authenticator } from '../passport/authenticator.js';
import { isReading } from '../passport/forgery.js';
import { ACCESS, type Access, type AuthenticatedRequest } from './access.decorators.js';
import { forChange } from './principal.js';

/** Guards every route. A route without an access decorator is denied. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly logger = new Logger(AccessGuard.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Guards run for messages only: sockets are authenticated when they are opened.
    if (context.getType() !== 'http') return true;
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    if (access === undefined) {
      this.logger.error(`${context.getClass().name}.${context.getHandler().name} has no access decorator`);
      throw new ForbiddenError('route_not_open', 'this route is not open to any role');
    }
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const session = await this.authenticator.authenticate(request);
    if (!access.includes(session.principal.role)) {
      throw new ForbiddenError(
        'role_not_allowed',
        `role ${session.principal.role} is not allowed to do this; needed: ${access.join(' or ')}`,
      );
    }
    // Here and not in each route: a route without the check would let readers change what belongs to others.
    request.session = isReading(request.method) ? session : { ...session, principal: forChange(session.principal) };
    return true;
  }
}
