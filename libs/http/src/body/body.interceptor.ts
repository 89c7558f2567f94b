import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, SetMetadata } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { readBody } from './read-body.js';

const BODY_LIMIT = 'body_limit';

/** Body limit of these routes in bytes, where it is lower than the general one. */
export const BodyLimit = (bytes: number): MethodDecorator & ClassDecorator => SetMetadata(BODY_LIMIT, bytes);

/**
 * Reads the body where a route declares one. An interceptor, because guards run before it and pipes after: requests that are not allowed, exceed
 * a rate limit or match no route are not parsed.
 */
@Injectable()
export class BodyInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();
  private readonly declared = new WeakMap<object, boolean>();

  /** @param limit bytes, unless the route sets a lower one */
  constructor(private readonly limit: number) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() === 'http' && this.declaresBody(context)) {
      const own = this.reflector.getAllAndOverride<number | undefined>(BODY_LIMIT, [
        context.getHandler(),
        context.getClass(),
      ]);
      await readBody(context.switchToHttp().getRequest<Request>(), Math.min(this.limit, own ?? this.limit));
    }
    return next.handle();
  }

  private declaresBody(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let declared = this.declared.get(handler);
    if (declared === undefined) {
      const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), handler.name) ?? {}) as object;
      // Nest keys each parameter by kind and index: `3:0`.
      declared = Object.keys(parameters).some((name) => name.startsWith(`${RouteParamtypes.BODY}:`));
      this.declared.set(handler, declared);
    }
    return declared;
  }
}
