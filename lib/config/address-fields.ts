import { z } from 'zod';
import { cidrProblem, isUnicast, prefixOf } from './cidr';

/** An IPv4 or IPv6 range that starts at its first address. */
export const cidr = z.string({ error: 'an address range such as 203.0.113.0/24' }).check((context) => {
  const expected = cidrProblem(context.value);
  if (expected) context.issues.push({ code: 'custom', message: expected, input: context.value });
});

/** The number of leading bits that a range fixes, of all that there are, and none for what is no range. */
function freeBits(value: string): { readonly free: number; readonly of: number } {
  if (cidrProblem(value)) return { free: 0, of: 32 }; // said already
  const { length, of } = prefixOf(value);
  return { free: of - length, of };
}

/** A range of private servers: neither half of the Internet nor a cloud's metadata service. */
export const serverCidr = cidr
  .refine((value) => freeBits(value).free <= 24, 'the range of the server: at least /8 (IPv6: /104)')
  .refine(
    (value) => cidrProblem(value) !== undefined || isUnicast(value),
    'a range in which servers stand, not 127.0.0.0/8 or 169.254.0.0/16',
  );

const RANGES = 'a list of address ranges, at least one';

/** Where a server outside the cluster answers. */
export const addresses = z.array(serverCidr, { error: RANGES }).min(1, RANGES);

/** The one address of a cache: `169.254.20.10/32`. */
export const singleAddress = cidr.refine(
  (value) => freeBits(value).free === 0,
  'a single address such as 169.254.20.10/32',
);

const ALLOWLIST = 'a list of address ranges, at least one: of the office or the VPN';

/**
 * Ranges that are meant to keep others out. 0.0.0.0/0 is refused, and so is what comes near it in pieces
 * (0.0.0.0/1 and 128.0.0.0/1 together are everyone), or IPv4 that is written as IPv6.
 */
export const allowlist = z
  .array(
    cidr
      .refine(
        (value) => freeBits(value).free <= (freeBits(value).of === 32 ? 24 : 112),
        'a range that keeps somebody out: at least /8 (IPv6: /16)',
      )
      .refine((value) => !/^::ffff:/i.test(value), 'an IPv4 range as IPv4: without ::ffff:'),
    { error: ALLOWLIST },
  )
  .min(1, ALLOWLIST)
  .refine((all) => {
    const v4 = all.map(freeBits).filter(({ of }) => of === 32);
    return v4.reduce((sum, { free }) => sum + 2 ** free, 0) <= 2 ** 27;
  }, 'ranges that keep somebody out: not more than eight /8 in all');
