import { isIPv4, isIPv6 } from 'node:net';

/** The 32 or 128 bits of an address as one number. */
function toBits(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  // "::" stands for as many zero groups as are missing; an embedded IPv4 tail is two groups.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(+a << 8) | +b, (+c << 8) | +d].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail ?? '')];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/**
 * What is wrong with an address range, or undefined.
 * Kubernetes warns of ranges with host bits set (203.0.113.7/24), since they rarely mean what was meant.
 */
export function cidrProblem(text: string): string | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : 0;
  if (width === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > width) {
    return 'an address range such as 203.0.113.0/24 (a single address is 203.0.113.7/32)';
  }
  const hostBits = BigInt(width - Number(length));
  if ((toBits(address) & ((1n << hostBits) - 1n)) !== 0n) {
    return `a range that starts at its first address; /${length} around ${address} is another one, a single address is ${address}/${width}`;
  }
  return undefined;
}

/** The number of leading bits that a valid range fixes, and of how many. */
export function prefixOf(cidr: string): { readonly length: number; readonly of: 32 | 128 } {
  const [address = '', length = ''] = cidr.split('/');
  return { length: Number(length), of: isIPv4(address) ? 32 : 128 };
}
