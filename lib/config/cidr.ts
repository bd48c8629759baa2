import { isIPv4, isIPv6 } from 'node:net';
import { IPv4, IPv6, parseCIDR } from 'ipaddr.js';

/**
 * What was expected instead of an invalid address range, or undefined if it is valid. Ranges with host bits (203.0.113.7/24) are
 * invalid, since Kubernetes warns of them.
 */
export function cidrProblem(text: string): string | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : 0;
  if (width === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > width) {
    return 'an address range such as 203.0.113.0/24 (a single address is 203.0.113.7/32)';
  }
  const family = width === 32 ? IPv4 : IPv6;
  if (family.networkAddressFromCIDR(text).toString() !== family.parse(address).toString()) {
    return `a range that starts at its first address; /${length} around ${address} is another one, a single address is ${address}/${width}`;
  }
  return undefined;
}

/** The prefix length of a valid range, and the width of its addresses, in bits. */
export function prefixOf(cidr: string): { readonly length: number; readonly of: 32 | 128 } {
  const [address = '', length = ''] = cidr.split('/');
  return { length: Number(length), of: isIPv4(address) ? 32 : 128 };
}

/** Whether a valid range is of unicast addresses: not loopback, link-local, multicast or reserved. */
export function isUnicast(cidr: string): boolean {
  return ['unicast', 'private', 'uniqueLocal', 'carrierGradeNat'].includes(parseCIDR(cidr)[0].range());
}
