import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiForbiddenResponse, ApiUnauthorizedResponse } from '@nestjs/swagger';
import type { Request } from 'express';
import { ErrorDto, UnauthorizedError } from '#http';
import type { Caller, Role, Session } from './principal.js';
import { ROLES } from './principal.js';

export const ACCESS = 'access';
/** `public`, or the roles that may call. */
export type Access = 'public' | readonly Role[];

/** A request that the access guard has let through. */
export type AuthenticatedRequest = Request & { session?: Session };

type RouteDecorator = MethodDecorator & ClassDecorator;

/** Anybody may call, logged in or not. */
export const Public = (): RouteDecorator => SetMetadata(ACCESS, 'public' satisfies Access);

/** Only these roles may call. */
export const Roles = (...roles: Role[]): RouteDecorator =>
  applyDecorators(
    SetMetadata(ACCESS, roles satisfies Access),
    ApiBearerAuth(),
    ApiCookieAuth(),
    ApiUnauthorizedResponse({ type: ErrorDto, description: 'not logged in' }),
    ApiForbiddenResponse({ type: ErrorDto, description: 'not for this role' }),
  );

/** Whoever is logged in may call. */
export const Authenticated = (): RouteDecorator => Roles(...ROLES);

/** Whoever may change things: operators and admins. */
export const Operators = (): RouteDecorator => Roles('admin', 'operator');

function sessionOf(context: ExecutionContext): Session {
  const { session } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (session === undefined) throw new UnauthorizedError('not_authenticated', 'log in first');
  return session;
}

export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { ip } = context.switchToHttp().getRequest<Request>();
  return { ...sessionOf(context).principal, ip: ip ?? 'unknown' };
});

export const CurrentSession = createParamDecorator((_data: unknown, context: ExecutionContext): Session =>
  sessionOf(context),
);
