import { isIPv4 } from 'node:net';
import { posix } from 'node:path';

const LOOPBACK = '127.0.0.1';
/** Names of this machine. A connection to an unspecified address reaches it, too. */
const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', LOOPBACK, '0.0.0.0', '::1', '::']);
const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Where a URL leads, as `host:port`: the same text for every way of writing the same endpoint. Upper case, default ports, paths, passwords
 * and the many forms of an address make no difference, and neither does http or https: one port speaks one of them. Names are not resolved.
 *
 * @param url http or https
 */
export function whereItLeads(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostOf(hostname)}:${port === '' ? (PORTS[protocol] ?? '') : port}`;
}

/**
 * The path of a URL, without a slash at its end: the same text for every way of writing the same path, also percent-encoded. Upper case
 * makes a difference.
 *
 * @param url http or https
 */
export function pathOf(url: string): string {
  return posix.normalize(decoded(new URL(url).pathname)).replace(/\/$/, '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A percent sign that encodes nothing.
    return path;
  }
}

/** @param hostname as `URL` has it: lower case, IPv4 in decimal, IPv6 compressed and in brackets */
function hostOf(hostname: string): string {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(host);
  const address = mapped === null ? host : ipv4Of(Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16));
  if (THIS_MACHINE.has(address) || address.endsWith('.localhost')) return LOOPBACK;
  return isIPv4(address) || !address.includes(':') ? address : `[${address}]`;
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
