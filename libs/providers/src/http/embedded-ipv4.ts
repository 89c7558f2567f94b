/** An IPv6 address as its eight groups. */
type Groups = readonly number[];

/** Prefixes (RFC 4291, 7915, 6052, 3056, 4380), and the groups after which an IPv4 address stands. */
const EMBEDDINGS: readonly { readonly prefix: Groups; readonly at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x2002], at: 1 },
  // Teredo: its server here; its client is below.
  { prefix: [0x2001, 0], at: 2 },
];

/**
 * The IPv4 addresses that an IPv6 address may stand for: mapped, compatible, translated, NAT64, 6to4 and Teredo. Of the NAT64 prefix for
 * local use (RFC 8215) the length is not known: all places where the address can be.
 *
 * @param address IPv6, without a zone
 */
export function embeddedIpv4(address: string): readonly string[] {
  const groups = groupsOf(address);
  const found = EMBEDDINGS.filter(({ prefix }) => startsWith(groups, prefix)).map(({ at }) =>
    ipv4Of(groups[at]!, groups[at + 1]!),
  );
  if (startsWith(groups, [0x2001, 0])) found.push(ipv4Of(groups[6]! ^ 0xffff, groups[7]! ^ 0xffff));
  if (startsWith(groups, [0x64, 0xff9b, 1])) found.push(...localNat64(groups));
  return found;
}

/** RFC 6052, for prefixes of 48, 56, 64 and 96 bits: bits 64 to 71 are skipped. */
function localNat64([, , , d = 0, e = 0, f = 0, g = 0, h = 0]: Groups): readonly string[] {
  return [
    ipv4Of(d, ((e & 255) << 8) | (f >> 8)),
    ipv4Of(((d & 255) << 8) | (e & 255), f),
    ipv4Of(((e & 255) << 8) | (f >> 8), ((f & 255) << 8) | (g >> 8)),
    ipv4Of(g, h),
  ];
}

function startsWith(groups: Groups, prefix: Groups): boolean {
  return prefix.every((group, index) => groups[index] === group);
}

function groupsOf(address: string): Groups {
  // `URL` writes the end in hexadecimal where it is given as IPv4.
  const [head = [], tail] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))));
  if (tail === undefined) return head;
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
