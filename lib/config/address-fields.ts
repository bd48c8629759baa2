import { z } from 'zod';
import { cidrProblem, isUnicast, prefixOf } from './cidr';

/** An IPv4 or IPv6 range in CIDR notation, without host bits. */
export const cidr = z.string({ error: 'an address range such as 203.0.113.0/24' }).check((context) => {
  const expected = cidrProblem(context.value);
  if (expected) context.issues.push({ code: 'custom', message: expected, input: context.value });
});

/** The number of host bits of a range, and the width of its addresses. Invalid ranges count as 0 bits. */
function hostBits(value: string): { readonly free: number; readonly of: number } {
  if (cidrProblem(value)) return { free: 0, of: 32 }; // reported by `cidr`
  const { length, of } = prefixOf(value);
  return { free: of - length, of };
}

/** The range of servers outside the cluster: at most 2^24 unicast addresses. */
export const serverCidr = cidr
  .refine((value) => hostBits(value).free <= 24, 'the range of the server: at least /8 (IPv6: /104)')
  .refine(
    (value) => cidrProblem(value) !== undefined || isUnicast(value),
    'a range of server addresses, not 127.0.0.0/8 or 169.254.0.0/16',
  );

const RANGES = 'a list of address ranges, at least one';

/** The addresses of a server outside the cluster. */
export const addresses = z.array(serverCidr, { error: RANGES }).min(1, RANGES);

/** A single address: `169.254.20.10/32`. */
export const singleAddress = cidr.refine(
  (value) => hostBits(value).free === 0,
  'a single address such as 169.254.20.10/32',
);

const ALLOWLIST = 'a list of address ranges, at least one, such as that of a VPN';

/**
 * An allowlist of client ranges. It refuses 0.0.0.0/0, several ranges that together come near it (0.0.0.0/1 and 128.0.0.0/1), and
 * IPv4 ranges written as IPv6.
 */
export const allowlist = z
  .array(
    cidr
      .refine(
        (value) => hostBits(value).free <= (hostBits(value).of === 32 ? 24 : 112),
        'a range that excludes most addresses: at least /8 (IPv6: /16)',
      )
      .refine((value) => !/^::ffff:/i.test(value), 'an IPv4 range as IPv4: without ::ffff:'),
    { error: ALLOWLIST },
  )
  .min(1, ALLOWLIST)
  .refine((all) => {
    const v4 = all.map(hostBits).filter(({ of }) => of === 32);
    return v4.reduce((sum, { free }) => sum + 2 ** free, 0) <= 2 ** 27;
  }, 'ranges that exclude most addresses: not more than eight /8 in total');
