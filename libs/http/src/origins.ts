import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may talk to us: one of the listed origins, or our own (its host is the one that was asked for).
 * A request without an `Origin` does not come from a page of another origin.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
