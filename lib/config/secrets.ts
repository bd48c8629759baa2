import { z } from 'zod';
import { duration, guid, httpsUrl, notHere, rule, text } from './fields';

/** The password of a server, which no environment file has. */
export const password = notHere(
  'no password in this file: secrets.kind says where passwords are, and npm run secrets prints their keys',
);

const mount = (what: string) => text(/^[\w-]+(\/[\w-]+)*$/, `${what} without a slash at its ends`);

/** The secret stores that External Secrets reads from. */
const store = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('aws'),
      region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as us-east-1').describe('The region of the secrets'),
      roleArn: text(
        /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
        'a role such as arn:aws:iam::123456789012:role/salient',
      ).describe("The IAM role that the store's ServiceAccount assumes"),
    })
    .describe('AWS Secrets Manager'),
  z
    .strictObject({
      kind: z.literal('azure'),
      vaultUrl: httpsUrl('https://salient.vault.azure.net').describe('The URL of the vault'),
      tenantId: guid.describe('The tenant of Microsoft Entra ID'),
      clientId: guid.describe("The managed identity of the store's ServiceAccount"),
    })
    .describe('Azure Key Vault, by workload identity'),
  z
    .strictObject({
      kind: z.literal('vault'),
      server: httpsUrl('https://vault.example.com').describe('The URL of Vault'),
      path: mount('where the key-value engine (version 2) is mounted, such as secret')
        .default('secret')
        .describe('The mount of the engine'),
      mountPath: mount('where the Kubernetes auth method is mounted, such as kubernetes')
        .default('kubernetes')
        .describe('The mount of the auth method'),
      role: text(/^[\w-]+$/, "the role bound to the store's ServiceAccount, such as salient").describe(
        'The role that may read the secrets',
      ),
    })
    .describe('HashiCorp Vault; each value is the property `value` of its key'),
]);

const REVISION = 'a whole number from 1';
const revision = z
  .int({ error: REVISION })
  .min(1, REVISION)
  .default(1)
  .describe('Increase it after a secret changed at its source: it is fetched again and its pods are rolled out');

/**
 * The settings of the source of a system's secrets.
 *
 * @param development whether this is a developer's cluster; only there well-known values are allowed
 * @param own further fields of a store that a system needs. @default - none
 */
export function secrets<Own extends z.ZodRawShape = Record<never, never>>(development: boolean, own = {} as Own) {
  return z
    .discriminatedUnion('kind', [
      z
        .strictObject({
          kind: z.literal('external'),
          store: store.describe('The store that they are read from'),
          prefix: text(
            /^[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9-]+)*$/,
            'a prefix of letters, digits and dashes such as salient',
          )
            .optional()
            .describe('The prefix of remote keys; <system> in prod, <system>-<environment> in other environments'),
          refresh: duration
            .default('1h')
            .describe('How often the store is read; passwords of roles only when their revision changes'),
          ...own,
          revision,
        })
        .describe('External Secrets fetches them from a store'),
      z.strictObject({ kind: z.literal('manual'), revision }).describe('Created by hand; synth prints the commands'),
      z.strictObject({ kind: z.literal('development'), revision }).describe('Well-known values; allowed only in dev'),
    ])
    .refine(
      ...rule<{ kind?: unknown }>(
        'kind',
        'external or manual (development secrets are public knowledge)',
        ({ kind }) => development || kind !== 'development',
      ),
    )
    .describe('Where the values of secrets come from');
}

/** The settings of secrets, with defaults filled in. */
export type SecretsConfig = z.output<ReturnType<typeof secrets>>;
