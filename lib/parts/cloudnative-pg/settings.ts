import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, image, name, port, rule, seconds, text } from '../../config/fields';
import { schedule } from '../../config/schedule';
import { budget, volume } from '../postgres/settings';

/** The fields of a CloudNativePG cluster in an environment file. */
export function cloudNativePg(development: boolean) {
  return {
    kind: z.literal('cloudnative-pg'),
    ...image(development),
    ...volume,
    instances: count(1, 9).default(3).describe('The number of instances: one primary, the others are replicas'),
    operator: z
      .strictObject({ namespace: name.default('cnpg-system') })
      .prefault({})
      .describe('The operator'),
    apiServer: z
      .strictObject({ addresses, ports: z.array(port).min(1).default([443, 6443]) })
      .describe('The Kubernetes API server, which the instances use to elect their primary'),
    archive: z
      .strictObject({
        destination: text(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/, 'a URL such as s3://bucket/path'),
        endpoint: text(/^https?:\/\/[\w.-]+(:\d{1,5})?$/, 'a URL such as https://s3.example.com')
          .optional()
          .describe('The URL of the S3 service; Amazon S3 when absent'),
        addresses: addresses.describe('The address ranges of the store; instances may connect to no others'),
        port: port.default(443),
        retention: text(/^[1-9]\d{0,3}[dwm]$/, 'a window such as 30d').default('30d'),
        schedule: schedule(6, 'six fields of cron that begin with seconds, such as "0 0 1 * * *"').default(
          '0 0 1 * * *',
        ),
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

interface Server {
  readonly kind?: unknown;
  readonly tag?: unknown;
  readonly archive?: { readonly drill?: { readonly image?: { readonly tag?: unknown } } };
}

const majorOf = (tag: unknown) => /^\d+/.exec(String(tag))?.[0];

/** Whether the drill's image has barman-cloud and the server's major. Of CloudNativePG's images, those of the type `system` have barman-cloud. */
function canDrill(server: Server | null): boolean {
  if (server?.kind !== 'cloudnative-pg') return true;
  const own = server.archive?.drill?.image;
  return own === undefined ? /(^|-)system(-|$)/.test(String(server.tag)) : majorOf(own.tag) === majorOf(server.tag);
}

const DRILL_IMAGE =
  'an image for the drill of the archive: a tag such as 16.10-system-trixie, which has barman-cloud, or archive.drill.image with one of the same major';

/** The arguments of `refine` for the rule that an archive's drill has an image that can restore it: of the admin server, and of the others. */
export const drillImages = [
  rule<{ readonly database?: unknown }>('database', DRILL_IMAGE, ({ database }) => canDrill(database as Server | null)),
  rule<{ readonly tenantServers?: unknown }>('tenantServers', DRILL_IMAGE, ({ tenantServers }) =>
    Object.values(tenantServers ?? {}).every((one) => canDrill(one as Server | null)),
  ),
] as const;
