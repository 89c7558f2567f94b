import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** Addresses that no user may make the service connect to: link-local ones, among them the metadata services of clouds, and what is no single host. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8, 'ipv4');
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 3, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('::', 'ipv6');

/** @param address an IP address; IPv4 addresses within IPv6 count as what they are */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return FORBIDDEN.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Resolves a name as `dns.lookup` does, at the moment of connecting, and fails where one of its addresses is forbidden. */
export function lookupAllowed(hostname: string, options: LookupOptions, found: Found): void {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return found(error, []);
    const forbidden = addresses.find(({ address }) => isForbiddenAddress(address));
    const [first] = addresses;
    if (forbidden !== undefined || first === undefined)
      return found(new Error('the host leads to an address that may not be reached'), []);
    return options.all === true ? found(null, addresses) : found(null, first.address, first.family);
  });
}
