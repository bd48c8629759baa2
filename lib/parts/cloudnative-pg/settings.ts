import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, image, name, port, text } from '../../config/fields';
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
      })
      .describe('The store of base backups and the write-ahead log; any time within the retention can be restored'),
    ...budget,
  };
}
