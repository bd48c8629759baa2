import { z } from 'zod';
import type { Image } from '../../base/image';
import { postgresTag } from '../../base/versions';
import { count, image, text } from '../../config/fields';
import { password } from '../../config/secrets';
import { cloudNativePg, drillImage } from '../cloudnative-pg/settings';
import { databasePooler } from '../pgbouncer/settings';
import { otherNames } from './databases';
import { DATABASE_NAME, externalServer, ROLE_NAME, statefulsetServer } from './server-settings';

/**
 * The settings of PostgreSQL for one application: an external server, or one in the cluster, with or without a pooler before it. Passwords
 * are in the secret store.
 *
 * @param own the fields that an application has of its own
 */
export function databaseServer<Own extends z.ZodRawShape>(development: boolean, own: Own) {
  const common = { ...own, password, pgbouncer: databasePooler(development).optional() };
  return z.discriminatedUnion('kind', [
    externalServer(development, common).describe('A managed server'),
    z
      .strictObject({ ...statefulsetServer(development), ...common })
      .describe('One PostgreSQL pod in the data namespace'),
    z
      .strictObject({ ...cloudNativePg(development), ...common })
      .refine(...drillImage)
      .describe("CloudNativePG's cluster in the data namespace"),
  ]);
}

/**
 * The settings of one database and its owner.
 *
 * @param usual the default name of the database and of its owner
 */
export function database(development: boolean, usual: string) {
  const own = {
    name: text(DATABASE_NAME, `a database name such as ${usual}`).default(usual).describe('The name of the database'),
    user: text(ROLE_NAME, `a role such as ${usual}`).default(usual).describe('The role that owns the database'),
    poolSize: count(1, 1000).default(10).describe('The connections of each pod of the API'),
    ssl: z
      .boolean()
      .optional()
      .describe('Whether connections to the server are encrypted: it follows from kind and tls'),
  };
  return databaseServer(development, own).superRefine((value, context) => {
    const name = otherNames(value, value);
    if (name !== undefined) context.addIssue({ code: 'custom', path: ['name'], message: name });
    const encrypted = value.kind !== 'statefulset' || value.tls !== undefined;
    if ((value.ssl ?? encrypted) === encrypted) return;
    const message = encrypted
      ? 'true: connections to this server are encrypted'
      : 'false, or tls: the Secret with the certificate that encrypts its connections';
    context.addIssue({ code: 'custom', path: ['ssl'], message });
  });
}

/** The tag of the image with clients of a major version. That of one without a known version moves, and is for development alone. */
const clientTag = (major: number) => postgresTag(major) ?? `${major}-alpine`;

/**
 * The setting of the image with PostgreSQL clients, which the Jobs use. `withClientTag` fills in its tag.
 *
 * @param usual the major version where all servers are managed ones
 */
export function postgresClient(development: boolean, usual: number, whose: "the server's" | "the servers'") {
  const { image: repository, tag, digest } = image(development);
  return z
    .strictObject({
      image: repository.default('docker.io/library/postgres'),
      tag: tag
        .optional()
        .describe(
          `By default that of ${whose} image, where it is of this repository on Alpine; else the newest of its major version, such as ${clientTag(17)}; ${clientTag(usual)} where the server is managed`,
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
  readonly image: string | undefined;
  readonly tag: string;
  readonly digest: string | undefined;
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
  return (servers as [string, Partial<Image>][])
    .flatMap(([path, { image: repository, tag, digest }]): VersionedServer[] => {
      const major = majorOf(tag);
      if (tag === undefined || major === undefined) return [];
      return [{ path: `${path}.tag`, image: repository, tag, digest, major }];
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
 * The argument of `transform` that fills in the tag of `postgresClient`: that of the newest server, or the newest tag of its major version. A client that is older
 * than a server is a problem; a newer one is none.
 *
 * @param usual the major version where all servers are managed ones
 */
export function withClientTag(usual: number) {
  return <Settings extends ClientSettings>(settings: Settings, { issues }: z.core.ParsePayload) => {
    const { tag, ...client } = settings.postgresClient;
    const newest = newestServer(settings);
    const message = problemOf(tag, newest);
    if (message !== undefined) issues.push({ code: 'custom', input: tag, path: ['postgresClient', 'tag'], message });
    if (tag !== undefined) return { ...settings, postgresClient: { ...client, tag } };
    // One repository has one image in a system, and the clients are those of the images on Alpine.
    const same = newest?.image === client.image && newest.tag.includes('alpine') ? newest : undefined;
    const digest = client.digest ?? same?.digest;
    const own = { tag: same?.tag ?? clientTag(newest?.major ?? usual), ...(digest !== undefined && { digest }) };
    return { ...settings, postgresClient: { ...client, ...own } };
  };
}
