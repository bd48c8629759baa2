import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, image, name, port, seconds, text } from '../../config/fields';
import { schedule } from '../../config/schedule';
import { budget, volume } from '../postgres/server-settings';

/** The fields of a CloudNativePG cluster in an environment file. */
export function cloudNativePg(development: boolean) {
  return {
    kind: z.literal('cloudnative-pg'),
    ...image(development),
    ...volume,
    instances: count(1, 9).default(3).describe('The number of instances: one primary, the others are replicas'),
    operator: z
      .strictObject({ namespace: name.default('cnpg-system').describe('Its namespace') })
      .prefault({})
      .describe('The operator'),
    apiServer: z
      .strictObject({
        addresses: addresses.describe('Its address ranges'),
        ports: z.array(port).min(1).default([443, 6443]).describe('Its ports'),
      })
      .describe('The Kubernetes API server, which the instances use to elect their primary'),
    archive: z
      .strictObject({
        destination: text(
          /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/,
          'a URL such as s3://bucket/path',
        ).describe('The bucket and the path in it'),
        endpoint: text(/^https?:\/\/[\w.-]+(:\d{1,5})?$/, 'a URL such as https://s3.example.com')
          .optional()
          .describe('The URL of the S3 service; Amazon S3 when absent'),
        addresses: addresses.describe('The address ranges of the store; instances may connect to no others'),
        port: port.default(443).describe('The port of the store'),
        retention: text(/^[1-9]\d{0,3}[dwm]$/, 'a window such as 30d')
          .default('30d')
          .describe('How far back it can restore'),
        schedule: schedule(6, 'six fields of cron that begin with seconds, such as "0 0 1 * * *"')
          .default('0 0 1 * * *')
          .describe('When base backups are taken (UTC)'),
        drill: z
          .strictObject({
            hour: count(0, 23).default(4).describe('The hour (UTC) in which it starts, after the base backup'),
            rpo: seconds
              .prefault('24h')
              .describe(
                'The largest age of the newest transaction, or of the base backup where nothing was written since',
              ),
            image: z
              .strictObject(image(development))
              .optional()
              .describe(
                "An image with the cluster's version of PostgreSQL and with barman-cloud: the cluster's own when absent, which then has to be a system image",
              ),
          })
          .prefault({})
          .describe('A daily drill that restores the archive to a moment, in a pod of its own'),
      })
      .describe('The store of base backups and the write-ahead log; any time within the retention can be restored'),
    ...budget,
  };
}

/** The fields of {@link cloudNativePg} with defaults filled in. */
export type CloudNativePgServer = z.output<z.ZodObject<ReturnType<typeof cloudNativePg>>>;

const majorOf = (tag: string) => /^\d+/.exec(tag)?.[0];

/** Whether the drill's image has barman-cloud and the server's major. Of CloudNativePG's images, those of the type `system` have barman-cloud. */
function canDrill({ tag, archive }: Pick<CloudNativePgServer, 'tag' | 'archive'>): boolean {
  const own = archive.drill.image;
  return own === undefined ? /(^|-)system(-|$)/.test(tag) : majorOf(own.tag) === majorOf(tag);
}

/** The arguments of `refine` of a server for the rule that its archive's drill has an image that can restore it. */
export const drillImage = [
  (server: unknown) => canDrill(server as CloudNativePgServer),
  'an image for the drill of the archive: a tag such as 16.10-system-trixie, which has barman-cloud, or archive.drill.image with one of the same major',
] as const;
