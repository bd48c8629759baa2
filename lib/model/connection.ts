import { type Listening, portOfName, transportOf } from './port';

/**
 * IPv4 ranges that are not public: private, shared, link-local (cloud metadata at 169.254.169.254), loopback, documentation, multicast
 * and reserved ranges, and Azure's platform address 168.63.129.16, which looks public and is not.
 * Source: RFC 6890, the IANA special-purpose registries.
 */
const NOT_THE_INTERNET_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Ranges of 2000::/3 (global unicast) that are not public: those that translate to IPv4, and documentation. */
const NOT_THE_INTERNET_V6 = ['2001::/32', '2001:db8::/32', '2002::/16'];

/**
 * All public addresses at one port, without private networks and the cloud's metadata service.
 *
 * @example
 * connectsTo: [internet(443)]
 */
export function internet(port: number): Connection {
  return {
    to: 'the Internet',
    port,
    kind: 'http',
    cidrs: [
      { cidr: '0.0.0.0/0', except: NOT_THE_INTERNET_V4 },
      { cidr: '2000::/3', except: NOT_THE_INTERNET_V6 },
    ],
  };
}

/**
 * A server outside the cluster, by its address ranges.
 *
 * @example
 * connectsTo: [addresses('the mail server', ['192.0.2.25/32'], 587)]
 *
 * @param to the name of the server in documents and error messages
 * @param cidrs its addresses in CIDR notation
 * @param kind its kind, for diagrams. @default other
 */
export function addresses(to: string, cidrs: readonly string[], port: number, kind: ServerKind = 'other'): Connection {
  return { to, port, kind, cidrs: cidrs.map((cidr) => ({ cidr })) };
}

/**
 * A connection to the pods of a component.
 *
 * @example
 * connectsTo: [to(api), to(api, 'rpc')]
 *
 * @param port the name of the port. @default - the main (first) port
 * @throws when there is no such port
 */
export function to(target: Omit<Destination, 'port'> & Listening, port?: string): Connection {
  const { system, namespace, name, labels } = target;
  const found = portOfName(target, port);
  return {
    to: {
      system,
      namespace,
      name,
      port: found.port,
      ...(transportOf(found) === 'UDP' && { udp: true }),
      ...(labels !== undefined && { labels }),
    },
  };
}

/** The kind of a server outside the cluster, for diagrams and documents. */
export type ServerKind = 'postgresql' | 'redis' | 's3' | 'store' | 'http' | 'other';

/** Pods, at one port, as the target of a connection. */
export interface Destination {
  readonly system: string;
  readonly namespace: string;
  readonly name: string;
  /** The number of the container port. */
  readonly port: number;
  /** Whether it is a port of UDP. @default - of TCP */
  readonly udp?: boolean;
  /** The labels that select the pods. @default - `app: <system>, component: <name>` */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The connection limit of a database server, or of each replica of a pooler in front of one. */
export interface Limit {
  /** The name of the server in reports and error messages. */
  readonly name: string;
  /** The number of connections that it accepts: `max_connections` of PostgreSQL, `max_client_conn` of PgBouncer. */
  readonly maxConnections: number;
  /** How many of `maxConnections` are reserved for others than the system's pods, such as superusers. */
  readonly reserved: number;
  /** The setting of `maxConnections`, as `database.maxConnections`. @default - none */
  readonly from?: string;
  /** The setting that puts a pooler before the server, as `database.pgbouncer`. @default - there is one, or none can be set */
  readonly pooler?: string;
}

/** A server with a connection limit. */
export interface Limited {
  /** The connection of its clients. */
  readonly connection: Connection & { readonly limit: Limit };
}

/** The connections that each pod holds to a database server, or to a pooler in front of one. */
export interface Pool {
  /** The largest number of connections of one pod. */
  readonly perPod: number;
  /** How the number is calculated, for reports: `(5 tenants and the registry) × (2 + 1)`. */
  readonly why: string;
  /** The setting of the number, as `database.poolSize`. @default - none alone */
  readonly from?: string;
  /** For a client of a pooler: whether it uses the console alone, and none of the databases. @default false */
  readonly console?: boolean;
  /** For a pooler: the connections that it opens besides `perPod`, on behalf of its clients. @default - it is not a pooler */
  readonly behind?: PoolsBehind;
}

/** The pools of a pooler at one server: one for each database that its clients use at the same time. */
export interface PoolsBehind {
  /** The pool size of each database. */
  readonly sizes: readonly number[];
  /** The largest number of databases that one client pod uses at the same time. */
  readonly atOnce: number;
}

/** An outgoing connection of a workload: to pods, or to address ranges outside the cluster. */
export type Connection = (
  | { readonly to: Destination }
  | {
      /** The name of the server in documents and error messages. */
      readonly to: string;
      readonly kind: ServerKind;
      readonly port: number;
      readonly cidrs: readonly { readonly cidr: string; readonly except?: readonly string[] }[];
    }
) & {
  /** The limit of the target; each workload that connects to it has to use {@link pooled}. @default - connections are not counted */
  readonly limit?: Limit;
  /** Set by {@link pooled}. @default - the connections of the pods are not counted */
  readonly pool?: Pool;
  /** The purpose of the connection, in a few words. @default - no description */
  readonly about?: string;
};

/**
 * A connection to a server with a limit, with the number of connections that each pod holds.
 *
 * @example
 * connectsTo: [pooled(db.server, { perPod: 5, why: 'its pool' })]
 */
export function pooled({ connection }: Limited, pool: Pool): Connection {
  return { ...connection, pool };
}
