import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddress from 'proxy-addr';

/**
 * Tells the address of the client of a request that no route sees, such as the one that opens a socket. Express does the same for its own.
 * A client that has gone again has none.
 *
 * @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => string | undefined {
  const trusted = proxyAddress.compile([...trustedProxies]);
  // The types of the package say otherwise: the address of a socket that is closed is not known.
  return (request): string | undefined => proxyAddress(request, trusted);
}

/** An IPv4 address alone, an IPv6 address with the /64 that its holder has to choose from. */
export function addressBlock(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const address = ip.split('%', 1)[0] ?? ip;
  if (!isIPv6(address)) return ip;
  // URL writes an address in its shortest form, of which at most one run of zeros is left out.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
