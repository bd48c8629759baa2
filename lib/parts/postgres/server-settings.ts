import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, cpu, image, memory, name, port, rule, server, storage, text } from '../../config/fields';

/** Certificates in PEM. */
export const certificate = text(
  /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
  'one or more certificates in PEM: -----BEGIN CERTIFICATE----- …',
  256 * 1024,
);

/** The fields of a server's connection budget. */
export const budget = {
  maxConnections: count(10, 100_000).default(100).describe("The server's max_connections"),
  reserved: count(0, 1000)
    .default(10)
    .describe('How many of these are reserved for superusers, people and tools besides the pods'),
};

/** The fields of a server outside the cluster. */
const externalFields = {
  kind: z.literal('external'),
  host: server.describe('Its host'),
  port: port.default(5432).describe('Its port'),
  addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
  ca: certificate
    .optional()
    .describe(
      "The CA certificates by which clients verify the server's certificate and its name, which is host; required outside development",
    ),
  unverified: text(/\S/, 'the reason, in a few words', 200)
    .optional()
    .describe(
      'Instead of ca: why the server cannot be verified. Connections are encrypted then, but another server can pretend to be it',
    ),
  ...budget,
  maxConnections: count(10, 100_000)
    .default(200)
    .describe("The server's max_connections; what the systems need in the worst case is checked"),
};

type Verified = { readonly ca?: unknown; readonly unverified?: unknown };

/**
 * The settings of a server outside the cluster, of which clients verify the certificate: outside development, without that there is a reason.
 *
 * @param own the fields of the server's user
 */
export function externalServer<Own extends z.ZodRawShape>(development: boolean, own: Own) {
  return z
    .strictObject({ ...externalFields, ...own })
    .refine(
      ...rule<Verified>(
        'ca',
        "the CA certificate by which clients verify the server (docs/databases.md says where providers publish theirs), or unverified: the reason why it isn't verified",
        ({ ca, unverified }) => development || ca !== undefined || unverified !== undefined,
      ),
    )
    .refine(
      ...rule<Verified>(
        'unverified',
        'no unverified beside ca: with a CA certificate the server is verified',
        ({ ca, unverified }) => ca === undefined || unverified === undefined,
      ),
    );
}

/** The fields of a server in the cluster: its volume and its resources. */
export const volume = {
  storage: storage.default('5Gi'),
  storageClass: name.optional().describe("The cluster's default when absent"),
  cpu: cpu.prefault('100m..1'),
  memory: memory.prefault('256Mi..512Mi'),
};

/** The fields of a server of one pod in the cluster. */
export function statefulsetServer(development: boolean) {
  return {
    kind: z.literal('statefulset'),
    ...image(development),
    ...volume,
    tls: name
      .optional()
      .describe('The Secret with tls.crt, tls.key and ca.crt; when absent, connections are not encrypted'),
    ...budget,
  };
}

/** The names of databases: not those that every server has. */
export const DATABASE_NAME = /^(?!postgres$|template\d$|pg_)[a-z_][a-z0-9_]{0,62}$/;

/** The names of the roles that own databases: not those that every server has. */
export const ROLE_NAME = /^(?!postgres$|pg_)[a-z_][a-z0-9_]{0,62}$/;

type Output<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields>>;

/** The fields of {@link externalServer} with defaults filled in. */
export type ExternalServer = Output<typeof externalFields>;

/** The fields of {@link statefulsetServer} with defaults filled in. */
export type StatefulsetServer = Output<ReturnType<typeof statefulsetServer>>;
