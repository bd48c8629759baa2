import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, imageWithDefault, port, seconds, text } from '../../config/fields';

/** Dumps of every database, and the drill that restores them. */
export function backups(development: boolean) {
  return z
    .strictObject({
      repository: text(
        /^s3:https?:\/\/[\w.-]+(:\d{1,5})?\/[a-z0-9][\w./-]*$/,
        'an S3 bucket as restic names it, such as s3:https://s3.us-east-1.amazonaws.com/salient-backups',
        1024,
      ).describe("restic's repository"),
      addresses: addresses.describe(
        'Where the store answers: the only addresses that backups may connect to at its port',
      ),
      port: port.default(443),
      hour: count(0, 23)
        .default(2)
        .describe('The hour (UTC) in which dumps begin; the minute differs from system to system'),
      keep: z
        .strictObject({
          daily: count(1, 366).default(7),
          weekly: count(0, 520).default(4),
          monthly: count(0, 240).default(12),
        })
        .prefault({})
        .describe('How many dumps of each database are kept'),
      parallel: count(1, 32).default(2).describe('Databases that are dumped at the same time'),
      drill: z
        .strictObject({
          tenants: count(1, 1000)
            .default(5)
            .describe("Tenants' databases that one drill restores, other ones each day"),
          rpo: seconds.prefault('24h').describe('How old the newest dump may be'),
          rto: seconds.prefault('1h').describe('How long a restore may take'),
        })
        .prefault({}),
      restic: z
        .strictObject(imageWithDefault(development, { image: 'docker.io/restic/restic', tag: '0.18.0' }))
        .prefault({}),
    })
    .describe('Dumps of every database to S3, and a drill that restores them');
}

/** With defaults filled in. */
export type BackupsConfig = z.output<ReturnType<typeof backups>>;
