import { Injectable } from '@nestjs/common';
import { JsonWebTokenError } from '@nestjs/jwt';
import passport from 'passport';
import { AppError, UnauthorizedError } from '#http';
import type { Session } from '../access/principal.js';
import { BearerStrategy } from './bearer.strategy.js';
import { CookieStrategy } from './cookie.strategy.js';
import type { LoginRequest } from './credentials.js';
import { invalidToken } from './token.strategy.js';

const STRATEGIES = ['bearer', 'cookie'];

/**
 * Authenticates requests and sockets by the strategies of this application. It has its own instance of Passport: the
 * one used by `AuthGuard` of `@nestjs/passport` is process-wide, and applications in one process would replace each
 * other's strategies.
 */
@Injectable()
export class Authenticator {
  private readonly passport = new passport.Passport();

  constructor(bearer: BearerStrategy, cookie: CookieStrategy) {
    this.passport.use('bearer', bearer).use('cookie', cookie);
  }

  /**
   * @throws UnauthorizedError when there is no token, or its login is not active
   * @throws ForbiddenError when another site may have made the browser send the cookie
   */
  async authenticate(request: LoginRequest): Promise<Session> {
    return new Promise((resolve, reject) => {
      const decide = (error: unknown, session?: Session | false, failures?: readonly unknown[]): void => {
        if (session) resolve(session);
        else reject(error instanceof Error ? error : refusal(failures ?? []));
      };
      const authenticate = this.passport.authenticate(STRATEGIES, { session: false }, decide) as Middleware;
      authenticate(request, undefined, reject);
    });
  }
}

type Middleware = (request: LoginRequest, response: undefined, next: (error: unknown) => void) => void;

/** @param failures of each strategy; a missing token is a failure too */
function refusal(failures: readonly unknown[]): UnauthorizedError {
  const isOfToken = (failure: unknown): boolean => failure instanceof JsonWebTokenError || failure instanceof AppError;
  if (failures.some(isOfToken)) return invalidToken();
  return new UnauthorizedError('not_authenticated', 'log in first: send the token or the cookie of POST /auth/login');
}
