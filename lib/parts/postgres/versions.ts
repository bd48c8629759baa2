import type { z } from 'zod';
import type { Image } from '../../base/image';

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
