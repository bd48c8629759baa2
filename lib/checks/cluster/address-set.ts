import { fromByteArray, isValidCIDR, parseCIDR } from 'ipaddr.js';
import { memoize } from '../../base/memoize';
import type { AddressRange } from './prerequisite';

/** The first and the last address of a range, as numbers. IPv6 addresses are offset by 2^128, above all IPv4 addresses. */
type Interval = readonly [bigint, bigint];

const V6 = 1n << 128n;

const toInterval = memoize((cidr): Interval | undefined => {
  if (typeof cidr !== 'string' || !isValidCIDR(cidr)) return undefined;
  const [address, length] = parseCIDR(cidr);
  const bytes = address.toByteArray();
  const number = bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
  const size = 1n << BigInt(bytes.length * 8 - length);
  const first = (number / size) * size + (bytes.length === 16 ? V6 : 0n);
  return [first, first + size - 1n];
});

function toAddress(number: bigint): string {
  const width = number < V6 ? 4 : 16;
  const bytes = Array.from({ length: width }, (_, index) => Number((number >> BigInt(8 * (width - 1 - index))) & 255n));
  return fromByteArray(bytes).toString();
}

/** A set of IP addresses. */
export class AddressSet {
  private constructor(private readonly intervals: readonly Interval[]) {}

  /** The union of ranges, without their exceptions. Invalid ranges are ignored; the rule "schema" reports them. */
  static of(ranges: readonly AddressRange[]): AddressSet {
    const sets = ranges.map(({ cidr, except }) => {
      const all = AddressSet.union([toInterval(cidr)]);
      return all.minus(AddressSet.union(Array.isArray(except) ? except.map(toInterval) : []));
    });
    return AddressSet.union(sets.flatMap(({ intervals }) => intervals));
  }

  private static union(intervals: readonly (Interval | undefined)[]): AddressSet {
    const sorted = intervals
      .filter((one) => one !== undefined)
      .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    const merged: Interval[] = [];
    for (const [first, last] of sorted) {
      const before = merged.at(-1);
      if (before && first <= before[1] + 1n)
        merged[merged.length - 1] = [before[0], last > before[1] ? last : before[1]];
      else merged.push([first, last]);
    }
    return new AddressSet(merged);
  }

  /** Whether it contains no address. */
  get isEmpty(): boolean {
    return this.intervals.length === 0;
  }

  /** Whether it contains more than half of all IPv4 addresses. */
  get isInternet(): boolean {
    const v4 = this.intervals.filter(([first]) => first < V6);
    return v4.reduce((sum, [first, last]) => sum + last - first, 0n) > 1n << 31n;
  }

  /** The union with another set. */
  plus(other: AddressSet): AddressSet {
    return AddressSet.union([...this.intervals, ...other.intervals]);
  }

  /** The difference to another set. */
  minus(other: AddressSet): AddressSet {
    let rest: Interval[] = [...this.intervals];
    for (const [first, last] of other.intervals) {
      rest = rest.flatMap(([from, to]): Interval[] =>
        last < from || first > to
          ? [[from, to]]
          : [...(from < first ? [[from, first - 1n] as const] : []), ...(to > last ? [[last + 1n, to] as const] : [])],
      );
    }
    return new AddressSet(rest);
  }

  /** `10.20.0.0-10.20.0.255, 192.0.2.1`: at most three ranges. */
  toString(): string {
    const shown = this.intervals
      .slice(0, 3)
      .map(([first, last]) => (first === last ? toAddress(first) : `${toAddress(first)}-${toAddress(last)}`));
    const more = this.intervals.length - shown.length;
    return [...shown, ...(more > 0 ? [`${more} more ranges`] : [])].join(', ');
  }
}

/** All IPv4 and IPv6 addresses. */
export const EVERY_ADDRESS = AddressSet.of([{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }]);
