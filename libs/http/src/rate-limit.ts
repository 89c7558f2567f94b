import { type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerLimitDetail, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { AppConfig, Clock } from '#config';
import { TooManyRequestsError } from './app-error.js';
import { RateLimitStorage } from './rate-limit.storage.js';

const MINUTE_MS = 60_000;
const AUTH = 'auth';
const GLOBAL = 'global';
const RATE_LIMIT = 'rate_limit';

/** Counts a route against the stricter limit of logins and registrations, too. */
export const AuthRateLimited = (): MethodDecorator => SetMetadata(RATE_LIMIT, AUTH);

/** Exempts a route, for those who must always be able to ask, such as orchestrators. */
export const NotRateLimited = (): MethodDecorator & ClassDecorator => SetMetadata(RATE_LIMIT, 'none');

function limitOf(context: ExecutionContext): unknown {
  return new Reflector().getAllAndOverride(RATE_LIMIT, [context.getHandler(), context.getClass()]);
}

export function rateLimits(config: AppConfig, clock: Clock): ThrottlerModuleOptions {
  return {
    storage: new RateLimitStorage(clock),
    throttlers: [
      { name: GLOBAL, ttl: MINUTE_MS, limit: config.api.rateLimit, skipIf: (context) => limitOf(context) === 'none' },
      { name: AUTH, ttl: MINUTE_MS, limit: config.api.authRateLimit, skipIf: (context) => limitOf(context) !== AUTH },
    ],
    setHeaders: false,
  };
}

/** One count per address and limit, over all routes together. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  // Sockets have limits of their own.
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(context.getType() !== 'http');
  }

  protected override generateKey(_context: ExecutionContext, address: string, limit: string): string {
    return `${limit}:${address}`;
  }

  protected override throwThrottlingException(_context: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    const seconds = Math.max(1, Math.ceil(detail.timeToBlockExpire || detail.timeToExpire));
    throw detail.key.startsWith(`${AUTH}:`)
      ? new TooManyRequestsError('too_many_auth_attempts', 'too many authentication attempts', seconds)
      : new TooManyRequestsError('rate_limit_exceeded', `too many requests; try again in ${seconds} s`, seconds);
  }
}
