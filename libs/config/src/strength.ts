import { isIP } from 'node:net';

/**
 * Random texts of 32 characters have at least this many different ones, even digits; short texts at least half their
 * length.
 */
const LEAST_DIFFERENT = 6;
/**
 * A larger share of neighbors in the alphabet (`aa`, `ab`, `21`) occurs in one of 10^7 random texts of 32 digits, and
 * in none of letters.
 */
const MOST_IN_SEQUENCE = 0.75;

/**
 * Whether a secret follows a pattern: few different characters, a repeated text, or a run such as `abcdef` or `9876`.
 */
export function isGuessable(secret: string): boolean {
  if (new Set(secret).size < Math.min(LEAST_DIFFERENT, secret.length / 2)) return true;
  for (let period = 1; period <= secret.length / 2; period += 1) {
    if (secret.startsWith(secret.slice(period))) return true;
  }
  const steps = Array.from({ length: secret.length - 1 }, (_, index) =>
    Math.abs(secret.charCodeAt(index + 1) - secret.charCodeAt(index)),
  );
  return steps.filter((step) => step <= 1).length > MOST_IN_SEQUENCE * steps.length;
}

/** The largest networks of a single operator: 10.0.0.0/8, fc00::/7. */
const LARGEST_PRIVATE = { ipv4: 8, ipv6: 7 };
/** Prefix length of IPv4 addresses mapped to IPv6. */
const MAPPED_BITS = 96;

/**
 * Whether a trusted proxy in CIDR notation is larger than the network of one operator. Such as `0.0.0.0/0` it would
 * include most of the Internet.
 */
export function isTooWide(network: string): boolean {
  const [address = '', bits] = network.split('/');
  if (bits === undefined || isIP(address) === 0) return false;
  if (isIP(address) === 4) return Number(bits) < LARGEST_PRIVATE.ipv4;
  // `URL` normalizes an address to its shortest form.
  const mapped = new URL(`http://[${address}]`).hostname.startsWith('[::');
  return Number(bits) < (mapped ? MAPPED_BITS + LARGEST_PRIVATE.ipv4 : LARGEST_PRIVATE.ipv6);
}
