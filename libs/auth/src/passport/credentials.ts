import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import { ExtractJwt } from 'passport-jwt';

export const AUTH_COOKIE = 'auth_token';

/** What a login can be read from: an HTTP request, or the handshake of a socket. */
export interface LoginRequest {
  readonly headers: IncomingHttpHeaders;
  /** `auth` of a socket handshake; absent in a request. */
  readonly auth?: Readonly<Record<string, unknown>>;
}

/** Where a strategy reads the token; `null`: the request carries none there. */
export type TokenExtractor = (request: LoginRequest) => string | null;

const fromHeader: TokenExtractor = ExtractJwt.fromAuthHeaderAsBearerToken();

/** The token that a program sends: `auth.token` of a handshake, or else the `Authorization` header. */
export const bearerToken: TokenExtractor = (request) => {
  const token = request.auth?.['token'];
  return typeof token === 'string' ? token : fromHeader(request);
};

/** The token that a browser sends. A bearer token takes precedence, valid or not. */
export const cookieToken: TokenExtractor = (request) => {
  if (bearerToken(request) !== null) return null;
  return parseCookie(request.headers.cookie ?? '')[AUTH_COOKIE] ?? null;
};
