import { z } from 'zod';
import type { Image } from '../../base/image';
import { addresses } from '../../config/address-fields';
import { count, cpu, image, memory, name, port, server, storage, text } from '../../config/fields';

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
export const externalServer = {
  kind: z.literal('external'),
  host: server,
  port: port.default(5432),
  addresses: addresses.describe('The address ranges of the server; pods may connect to no others at its port'),
  ca: certificate
    .optional()
    .describe(
      "The CA certificate of the server's certificate; when absent, connections are encrypted but the server is not verified",
    ),
  ...budget,
  maxConnections: count(10, 100_000)
    .default(200)
    .describe("The server's max_connections; what the systems need in the worst case is checked"),
};

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

/**
 * The settings of one database and its owner, on an external server or on one in the cluster. Passwords are in the secret store.
 *
 * @param usual the default name of the database and of its owner
 */
export function database(development: boolean, usual: string) {
  const own = {
    name: text(DATABASE_NAME, `a database name such as ${usual}`).default(usual),
    user: text(ROLE_NAME, `a role such as ${usual}`).default(usual).describe('The role that owns the database'),
    poolSize: count(1, 1000).default(10).describe('The connections of each pod of the API'),
  };
  return z.discriminatedUnion('kind', [
    z
      .strictObject({
        ...externalServer,
        ssl: z.literal(true, { error: 'true: connections that leave the cluster are encrypted' }).default(true),
        ...own,
      })
      .describe('A managed server'),
    z.strictObject({ ...statefulsetServer(development), ...own }).describe('One PostgreSQL pod in the data namespace'),
  ]);
}

/**
 * The setting of the image with PostgreSQL clients, which the Jobs use. `withClientTag` fills in its tag.
 *
 * @param usual the tag where all servers are managed ones
 */
export function postgresClient(development: boolean, usual: string, whose: "the server's" | "the servers'") {
  const { image: repository, tag, digest } = image(development);
  return z
    .strictObject({
      image: repository.default('docker.io/library/postgres'),
      tag: tag
        .optional()
        .describe(
          `By default the major version of ${whose} image, such as 17-alpine; ${usual} where the server is managed`,
        ),
      digest,
    })
    .prefault({})
    .describe(`The image of the Jobs that use psql and pg_dump: not older than ${whose} version`);
}

/** The settings of the servers and of their clients, before the client's tag is known. */
interface ClientSettings {
  readonly postgresClient: Omit<Image, 'tag'> & { readonly tag?: string | undefined };
  readonly database: object;
  readonly tenantServers?: Readonly<Record<string, object>>;
}

/** A server whose major version its image tells. */
interface VersionedServer {
  /** The path of its tag in the environment file. */
  readonly path: string;
  readonly tag: string;
  readonly major: number;
}

/** The major version of PostgreSQL that a tag begins with: 16 of `16.10-system-trixie`. */
function majorOf(tag: unknown): number | undefined {
  const found = typeof tag === 'string' ? /^v?(\d+)(?![\da-z])/.exec(tag) : null;
  return found === null ? undefined : Number(found[1]);
}

/** The server with the newest version, of those in the cluster. The version of a managed server is not in the settings. */
function newestServer({ database, tenantServers = {} }: ClientSettings): VersionedServer | undefined {
  const servers = [
    ['database', database],
    ...Object.entries(tenantServers).map(([name, one]) => [`tenantServers.${name}`, one]),
  ];
  return (servers as [string, { readonly tag?: string }][])
    .flatMap(([path, { tag }]): VersionedServer[] => {
      const major = majorOf(tag);
      return tag === undefined || major === undefined ? [] : [{ path: `${path}.tag`, tag, major }];
    })
    .sort((one, other) => other.major - one.major)[0];
}

/** The problem of a client that is older than a server. */
function problemOf(tag: string | undefined, newest: VersionedServer | undefined): string | undefined {
  const client = majorOf(tag);
  if (client === undefined || newest === undefined || client >= newest.major) return undefined;
  return `a tag of PostgreSQL ${newest.major} or newer, as ${newest.path} is ${newest.tag}: pg_dump cannot dump a newer server. Without postgresClient.tag it is the servers' version`;
}

/**
 * The argument of `transform` that fills in the tag of `postgresClient`: the newest major version of the servers. A client that is older
 * than a server is a problem; a newer one is none.
 *
 * @param usual the tag where all servers are managed ones
 */
export function withClientTag(usual: string) {
  return <Settings extends ClientSettings>(settings: Settings, { issues }: z.core.ParsePayload) => {
    const { tag, ...client } = settings.postgresClient;
    const newest = newestServer(settings);
    const message = problemOf(tag, newest);
    if (message !== undefined) issues.push({ code: 'custom', input: tag, path: ['postgresClient', 'tag'], message });
    const own = newest === undefined ? usual : `${newest.major}-alpine`;
    return { ...settings, postgresClient: { ...client, tag: tag ?? own } };
  };
}

type Output<Fields extends z.ZodRawShape> = z.output<z.ZodObject<Fields>>;

/** The fields of {@link externalServer} with defaults filled in. */
export type ExternalServer = Output<typeof externalServer>;

/** The fields of {@link statefulsetServer} with defaults filled in. */
export type StatefulsetServer = Output<ReturnType<typeof statefulsetServer>>;

/** The settings of {@link database} with defaults filled in. */
export type DatabaseConfig = z.output<ReturnType<typeof database>>;
