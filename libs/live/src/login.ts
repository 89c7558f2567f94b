import type { Socket } from 'socket.io';
import { extractToken, type Session, type TokenService } from '#auth';
import { errorBody, toAppError, UnauthorizedError } from '#http';

/** What a socket is opened with. */
export interface Login {
  readonly token: string;
  readonly session: Session;
}

/** @throws UnauthorizedError where a socket brings no login that is worth something */
export async function loginOf({ handshake }: Socket, tokens: TokenService): Promise<Login> {
  const offered: unknown = handshake.auth['token'];
  if (typeof offered === 'string') return { token: offered, session: await tokens.verify(offered) };
  const credentials = extractToken(handshake.headers);
  if (credentials === undefined) throw new UnauthorizedError('not_authenticated', 'log in first');
  // A browser sends the cookie by itself, and says where the page comes from; whoever does not say is no browser.
  if (credentials.from === 'cookie' && handshake.headers.origin === undefined) {
    throw new UnauthorizedError('origin_required', 'a login by cookie needs an Origin; send the token instead');
  }
  return { token: credentials.token, session: await tokens.verify(credentials.token) };
}

/** An error as socket.io tells it to a client that is not let in. */
export function connectError(error: unknown): Error {
  const shaped = toAppError(error);
  return Object.assign(new Error(shaped.message), { data: errorBody(shaped) });
}
