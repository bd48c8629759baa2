import { z } from 'zod';
import { nearest } from '../base/nearest';
import { runsOf } from '../base/schedule';
import { text } from './fields';

/**
 * A schedule of cron that runs at some time.
 *
 * @param fields 5, or 6 with seconds first
 */
export function schedule(fields: 5 | 6, expected: string) {
  return text(new RegExp(`^\\S+( \\S+){${fields - 1}}$`), expected).refine(
    (value) => (runsOf(value) ?? 0) > 0,
    expected,
  );
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** A time zone of the IANA database. */
export const timeZone = z
  .string({ error: 'a time zone such as UTC or Europe/Berlin' })
  .refine((value) => ZONES.includes(value), {
    error: ({ input }) => {
      const meant = nearest(String(input), ZONES);
      return `a time zone of the IANA database, such as UTC${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    },
  });
