import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { embeddedIpv4 } from './embedded-ipv4.js';

/**
 * Addresses that connections of users must not reach: unspecified, link-local, multicast, and cloud metadata services.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 3, 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6');
FORBIDDEN.addAddress('::', 'ipv6');
// IPv4 link-local (AWS, Azure, Google Cloud) and the metadata services of Alibaba, Oracle and Azure.
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('192.0.0.192', 'ipv4');
FORBIDDEN.addAddress('168.63.129.16', 'ipv4');

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog']);

/** The connection was refused because its host resolves to a forbidden address. */
export class ForbiddenAddressError extends Error {
  constructor() {
    super('the host leads to an address that may not be reached');
    this.name = 'ForbiddenAddressError';
  }
}

/** @param address an IP address; IPv4 addresses embedded in IPv6 are checked as IPv4 */
export function isForbiddenAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  const family = isIP(bare);
  if (family === 0) return false;
  if (family === 4) return FORBIDDEN.check(bare, 'ipv4');
  return FORBIDDEN.check(bare, 'ipv6') || embeddedIpv4(bare).some(isForbiddenEmbedded);
}

/** Zeros in an IPv6 address are no IPv4 address: `::1` is none. */
function isForbiddenEmbedded(address: string): boolean {
  return !address.startsWith('0.') && FORBIDDEN.check(address, 'ipv4');
}

/** @param host a name or an address, as `URL.hostname` has it */
export function isForbiddenHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return isForbiddenAddress(bare) || FORBIDDEN_NAMES.has(bare.toLowerCase());
}

export type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
export type Lookup = (hostname: string, options: LookupOptions, found: Found) => void;
type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  found: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Like `dns.lookup`, at connection time; fails if any address of the name is forbidden. The socket connects to the
 * address that was checked, so a second DNS answer has no effect (DNS rebinding).
 */
export function guardedLookup(resolver: Resolve): Lookup {
  return (hostname, options, found) => {
    if (isForbiddenHost(hostname)) return found(new ForbiddenAddressError(), []);
    resolver(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return found(error, []);
      const [first] = addresses;
      if (first === undefined || addresses.some(({ address }) => isForbiddenAddress(address)))
        return found(new ForbiddenAddressError(), []);
      return options.all === true ? found(null, addresses) : found(null, first.address, first.family);
    });
  };
}

export const lookupAllowed = guardedLookup(resolve);
