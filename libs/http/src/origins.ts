import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import proxyAddress from 'proxy-addr';

/** Whether the origin of a request is allowed. */
export type OriginCheck = (request: IncomingMessage) => boolean;

/**
 * Checks the origin of a request: a page of one of the listed origins, or of this service (with the scheme and the host of the
 * request). A request without an `Origin` does not come from a page of another origin.
 *
 * @param trustedProxies addresses and networks whose `X-Forwarded-Proto` is trusted
 */
export function originCheck(allowedOrigins: readonly string[], trustedProxies: readonly string[]): OriginCheck {
  const trusted = proxyAddress.compile([...trustedProxies]);
  return (request) => {
    const { origin, host } = request.headers;
    if (origin === undefined) return true;
    if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
    return origin.toLowerCase() === `${schemeOf(request, trusted)}://${host?.toLowerCase()}`;
  };
}

/** `http` or `https`, as used by the client. */
function schemeOf({ socket, headers }: IncomingMessage, trusted: (address: string, hop: number) => boolean): string {
  const own = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const forwarded = headers['x-forwarded-proto'];
  if (typeof forwarded !== 'string' || !trusted(socket.remoteAddress ?? '', 0)) return own;
  return forwarded.split(',', 1)[0]?.trim().toLowerCase() ?? own;
}
