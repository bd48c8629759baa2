import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, image, name, port, text } from '../../config/fields';
import { budget, volume } from '../postgres/settings';

/** A cluster that CloudNativePG runs. */
export function cloudNativePg(development: boolean) {
  return {
    kind: z.literal('cloudnative-pg'),
    ...image(development),
    ...volume,
    instances: count(1, 9).default(3).describe('One of them takes writes, the others stand by'),
    operator: z
      .strictObject({ namespace: name.default('cnpg-system') })
      .prefault({})
      .describe('Where the operator runs'),
    apiServer: z
      .strictObject({ addresses, ports: z.array(port).min(1).default([443, 6443]) })
      .describe("Where the cluster's API server answers, which the instances elect their primary by"),
    archive: z
      .strictObject({
        destination: text(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/, 'a place such as s3://bucket/path'),
        endpoint: text(/^https?:\/\/[\w.-]+(:\d{1,5})?$/, 'an address such as https://s3.example.com')
          .optional()
          .describe("The store's address when it is not Amazon's"),
        addresses: addresses.describe('Where the store answers'),
        port: port.default(443),
        retention: text(/^[1-9]\d{0,3}[dwm]$/, 'a window such as 30d').default('30d'),
        schedule: text(/^\S+( \S+){5}$/, 'six fields that begin with seconds, such as "0 0 1 * * *"').default(
          '0 0 1 * * *',
        ),
      })
      .describe('Where base backups and the write-ahead log go: any moment of the window can be restored'),
    ...budget,
  };
}
