import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiForbiddenResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import type { Request } from 'express';
import { ErrorDto, UnauthorizedError } from '#http';
import type { Caller, Role, Session } from './principal.js';
import { ROLES } from './principal.js';

export const ACCESS = 'access';
/** `public`, or the allowed roles. */
export type Access = 'public' | readonly Role[];

/** A request that has passed the access guard. */
export type AuthenticatedRequest = Request & { session?: Session };

type RouteDecorator = MethodDecorator & ClassDecorator;

/** No login needed. */
export const Public = (): RouteDecorator => SetMetadata(ACCESS, 'public' satisfies Access);

/** Only for these roles. */
export const Roles = (...roles: Role[]): RouteDecorator =>
  applyDecorators(
    SetMetadata(ACCESS, roles satisfies Access),
    ApiBearerAuth(),
    ApiCookieAuth(),
    ApiUnauthorizedResponse({ type: ErrorDto, description: 'not logged in' }),
    ApiForbiddenResponse({ type: ErrorDto, description: 'not for this role' }),
  );

/** For every logged-in user. */
export const Authenticated = (): RouteDecorator => Roles(...ROLES);

/** For roles that may change things: operators and admins. */
export const Operators = (): RouteDecorator => Roles('admin', 'operator');

function sessionOf(context: ExecutionContext): Session {
  const { session } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (session === undefined) throw new UnauthorizedError('not_authenticated', 'log in first');
  return session;
}

/** Who sent a request. @throws UnauthorizedError without a login */
export function callerOf(context: ExecutionContext): Caller {
  const { ip } = context.switchToHttp().getRequest<Request>();
  return { ...sessionOf(context).principal, ip: ip ?? 'unknown' };
}

export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) => callerOf(context));

export const CurrentSession = createParamDecorator((_data: unknown, context: ExecutionContext): Session =>
  sessionOf(context),
);
