import type { IncomingHttpHeaders } from 'node:http';

export const AUTH_COOKIE = 'auth_token';

/** A token and how it came: what a browser sends by itself needs protection against forgery, what a program sends on purpose does not. */
export interface Credentials {
  readonly token: string;
  readonly from: 'header' | 'cookie';
}

/** The token of a request or a socket's handshake; the header wins over the cookie. */
export function extractToken(headers: IncomingHttpHeaders): Credentials | undefined {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, from: 'header' };
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    // A token has no character that a cookie would have to encode.
    if (name === AUTH_COOKIE && value !== undefined && value !== '') return { token: value, from: 'cookie' };
  }
  return undefined;
}
