import { z } from 'zod';
import { addresses } from '../../config/address-fields';
import { count, cpu, image, imageWithDefault, memory, name, port, server, storage, text } from '../../config/fields';

const certificate = text(
  /^-----BEGIN CERTIFICATE-----\r?\n[\s\S]+-----END CERTIFICATE-----\s*$/,
  'one or more certificates in PEM: -----BEGIN CERTIFICATE----- …',
  256 * 1024,
);

/** How many connections a server takes. */
export const budget = {
  maxConnections: count(10, 100_000).default(100).describe("The server's max_connections"),
  reserved: count(0, 1000)
    .default(10)
    .describe('Of these, kept for superusers, and for people and tools beside the pods'),
};

/** A server that somebody else runs. */
export const externalServer = {
  kind: z.literal('external'),
  host: server,
  port: port.default(5432),
  addresses: addresses.describe(
    'Where the server answers: the only addresses that the pods may connect to at its port',
  ),
  ca: certificate
    .optional()
    .describe(
      "The authority behind the server's certificate; without it connections are encrypted and the server is not proven",
    ),
  ...budget,
};

/** What a server of ours is made of. */
export const volume = {
  storage: storage.default('5Gi'),
  storageClass: name.optional().describe("The cluster's default when absent"),
  cpu: cpu.prefault('100m..1'),
  memory: memory.prefault('256Mi..512Mi'),
};

/** A server that is one pod of ours. */
export function statefulsetServer(development: boolean) {
  return {
    kind: z.literal('statefulset'),
    ...image(development),
    ...volume,
    tls: name
      .optional()
      .describe('The Secret with tls.crt, tls.key and ca.crt; without one connections are not encrypted'),
    ...budget,
  };
}

/**
 * One database and its owner, on a server of somebody else's or in one pod. Passwords are in the secret store.
 *
 * @param usual what database and owner are called unless the settings say otherwise
 */
export function database(development: boolean, usual: string) {
  const own = {
    name: text(/^(?!postgres$|template\d$|pg_)[a-z_][a-z0-9_]{0,62}$/, `a database name such as ${usual}`).default(
      usual,
    ),
    user: text(/^(?!postgres$|pg_)[a-z_][a-z0-9_]{0,62}$/, `a role such as ${usual}`)
      .default(usual)
      .describe('Who owns the database'),
    poolSize: count(1, 1000).default(10).describe('Connections of one pod of the API'),
  };
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        ...externalServer,
        ssl: z.literal(true, { error: 'true: what leaves the cluster is encrypted' }).default(true),
        ...own,
      })
      .describe('A managed server'),
    z.strictObject({ ...statefulsetServer(development), ...own }).describe('One PostgreSQL pod in the data namespace'),
  ]);
}

/** The image of the Jobs: PostgreSQL's clients. */
export function postgresClient(development: boolean, tag: string, whose: "the server's" | "the servers'") {
  return z
    .strictObject(imageWithDefault(development, { image: 'docker.io/library/postgres', tag }))
    .prefault({})
    .describe(`The image of the Jobs that use psql and pg_dump: not older than ${whose} version`);
}

type Output<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields>>;
export type ExternalServer = Output<typeof externalServer>;
export type StatefulsetServer = Output<ReturnType<typeof statefulsetServer>>;
export type DatabaseConfig = z.output<ReturnType<typeof database>>;
