import { z } from 'zod';
import { addresses } from '../../lib/config/address-fields';
import { httpsUrl, port, server, text } from '../../lib/config/fields';
import { serviceName } from './values';

const external = z.literal('external').default('external').describe('It runs elsewhere');
const ranges = addresses.optional().describe('Its address ranges; every public address when absent');

/** The provider of logins. */
export const identity = z.strictObject({
  kind: external,
  url: z
    .union([httpsUrl('https://login.example.com'), serviceName], {
      error: 'an address such as https://login.example.com, or a service of this file',
    })
    .describe('Its address, or a service of this file'),
  addresses: ranges,
  realm: text(/^[\w-]+$/, 'a realm such as portal').describe('Its realm, or tenant'),
  audience: z.string().describe('Whom its tokens are for'),
});

/** The server of workflows. */
export const workflow = z.strictObject({
  kind: external,
  host: z
    .union([server, serviceName], {
      error: 'a host such as temporal.example.com, or a service of this file',
    })
    .describe('Its host, or a service of this file'),
  port: port.default(7233).describe('Of a service of this file it is the one that it has'),
  addresses: ranges,
  namespace: text(/^[\w.-]{2,255}$/, 'a namespace such as orders')
    .default('default')
    .describe('The namespace in it'),
  tls: z
    .boolean()
    .optional()
    .describe('Whether connections are encrypted; true outside, and false in this file, when absent'),
});

/** Buckets of S3, or of a store with the same API. Source: docs.aws.amazon.com, General purpose bucket naming rules. */
export const objectStorage = z.strictObject({
  kind: external,
  endpoint: httpsUrl('https://s3.eu-central-1.amazonaws.com').describe('Its URL'),
  region: text(/^[a-z0-9-]+$/, 'a region such as eu-central-1').describe('Its region'),
  buckets: z
    .array(
      text(/^(?!.*\.\.)(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket such as documents'),
    )
    .min(1, 'at least one bucket')
    .describe('The buckets that services use; they exist already'),
  addresses: addresses
    .optional()
    .describe('Its address ranges, with a role also those of AWS STS; every public address when absent'),
  auth: z
    .union(
      [
        z.literal('keys'),
        z.strictObject({
          role: text(
            /^arn:aws[a-z-]*:iam::\d{12}:role(\/[\w+=,.@-]+)+$/,
            'a role such as arn:aws:iam::123456789012:role/shop',
          ).describe('The role'),
        }),
      ],
      { error: 'keys, or { role: … }' },
    )
    .default('keys')
    .describe('Two keys of the secret store, or the AWS role that the ServiceAccounts of the services assume'),
});
