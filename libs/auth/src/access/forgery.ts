import type { IncomingMessage } from 'node:http';
import type { OriginCheck } from '#http';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request changes nothing (a safe method of RFC 9110). */
export function isReading(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Whether a request that is authenticated by a cookie may be another site's doing. Browsers say where a request comes from in
 * `Sec-Fetch-Site` and `Origin`, which a page cannot set; one that says neither is not trusted (OWASP, "Cross-Site Request Forgery
 * Prevention", fetch metadata and origin checks).
 */
export function mayBeForged(request: IncomingMessage, isAllowed: OriginCheck): boolean {
  const { method = '', headers } = request;
  if (isReading(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  if (headers.origin === undefined) return true;
  return !isAllowed(request);
}
