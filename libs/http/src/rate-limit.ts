import { applyDecorators, type ExecutionContext, Inject, Injectable, Optional, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import { ThrottlerGuard, type ThrottlerLimitDetail, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { DataSource } from 'typeorm';
import type { Request } from 'express';
import { type AppConfig, type Clock, durationWords } from '#config';
import { TooManyRequestsError } from './app-error.js';
import { MemoryRateLimitStorage } from './memory.rate-limit.storage.js';
import { PostgresRateLimitStorage } from './postgres.rate-limit.storage.js';

const MINUTE_MS = 60_000;
const AUTH = 'auth';
const GLOBAL = 'global';
const RATE_LIMIT = 'rate_limit';
/** Marks routes without a rate limit in the API document. */
export const NOT_RATE_LIMITED = 'x-not-rate-limited';

/** Applies the stricter limit of logins and registrations, too. */
export const AuthRateLimited = (): MethodDecorator => SetMetadata(RATE_LIMIT, AUTH);

/** Exempts a route from rate limits, such as health checks. */
export const NotRateLimited = (): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(RATE_LIMIT, 'none'), ApiExtension(NOT_RATE_LIMITED, true));

function limitOf(context: ExecutionContext): unknown {
  return new Reflector().getAllAndOverride(RATE_LIMIT, [context.getHandler(), context.getClass()]);
}

export function rateLimits(config: AppConfig, clock: Clock, dataSource: DataSource): ThrottlerModuleOptions {
  const memory = new MemoryRateLimitStorage(clock);
  return {
    storage: config.scaler.instances === 'shared' ? new PostgresRateLimitStorage(dataSource, memory) : memory,
    throttlers: [
      { name: GLOBAL, ttl: MINUTE_MS, limit: config.api.rateLimit, skipIf: (context) => limitOf(context) === 'none' },
      { name: AUTH, ttl: MINUTE_MS, limit: config.api.authRateLimit, skipIf: (context) => limitOf(context) !== AUTH },
    ],
    setHeaders: false,
  };
}

/** Observes logins and registrations that the rate limit refuses. Its errors are ignored. */
export abstract class AuthAttemptsObserver {
  abstract refused(request: Request): Promise<void>;
}

/** One count per address and limit, over all routes together. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  @Optional()
  @Inject(AuthAttemptsObserver)
  private readonly observer: AuthAttemptsObserver | undefined;

  // Sockets have limits of their own.
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(context.getType() !== 'http');
  }

  protected override generateKey(_context: ExecutionContext, address: string, limit: string): string {
    return `${limit}:${address}`;
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    const seconds = Math.max(1, Math.ceil(detail.timeToBlockExpire || detail.timeToExpire));
    const wait = durationWords(seconds * 1000);
    if (!detail.key.startsWith(`${AUTH}:`))
      throw new TooManyRequestsError('rate_limit_exceeded', `too many requests; try again in ${wait}`, seconds);
    await this.observer?.refused(context.switchToHttp().getRequest<Request>());
    throw new TooManyRequestsError('too_many_auth_attempts', 'too many authentication attempts', seconds);
  }
}
