import type { IncomingMessage } from 'node:http';
import { ForbiddenError, type OriginCheck, UnauthorizedError } from '#http';
import type { LoginRequest } from './credentials.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request changes nothing (a safe method of RFC 9110). */
export function isReading(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Refuses a cookie that another site may have made the browser send.
 *
 * @throws ForbiddenError for a request that changes something
 * @throws UnauthorizedError for a socket handshake without an origin
 */
export function refuseForgery(request: LoginRequest | IncomingMessage, isAllowed: OriginCheck): void {
  if (!('method' in request)) {
    // The origin was checked before the handshake; only browsers send one.
    if (request.headers.origin !== undefined) return;
    throw new UnauthorizedError('origin_required', 'a login by cookie needs an Origin header; send the token instead');
  }
  if (!mayBeForged(request, isAllowed)) return;
  throw new ForbiddenError(
    'csrf_refused',
    'this request may come from another site; send the token in the Authorization header instead',
  );
}

/**
 * Whether a request that is authenticated by a cookie may come from another site. Browsers state the source of a request in
 * `Sec-Fetch-Site` and `Origin`, which a page cannot set; a request with neither is not trusted (OWASP, "Cross-Site Request Forgery
 * Prevention", fetch metadata and origin checks).
 */
function mayBeForged(request: IncomingMessage, isAllowed: OriginCheck): boolean {
  const { method = '', headers } = request;
  if (isReading(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  if (headers.origin === undefined) return true;
  return !isAllowed(request);
}
