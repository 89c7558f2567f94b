import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddress from 'proxy-addr';

/**
 * The client address of a request outside Express, such as the handshake of a socket, computed as in Express.
 * `undefined` for a client that has disconnected.
 *
 * @param trustedProxies addresses and networks whose `X-Forwarded-For` is trusted
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => string | undefined {
  const trusted = proxyAddress.compile([...trustedProxies]);
  // Unlike the types of the package say, the address of a closed socket is unknown.
  return (request): string | undefined => proxyAddress(request, trusted);
}

/** An IPv4 address, or the /64 network of an IPv6 address, which usually belongs to one client. */
export function addressBlock(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const address = ip.split('%', 1)[0] ?? ip;
  if (!isIPv6(address)) return ip;
  // `URL` normalizes an address to its shortest form, with at most one `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
