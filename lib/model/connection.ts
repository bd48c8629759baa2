import { type Listening, portOfName } from './port';

/**
 * What is not the Internet: private, shared, link-local (cloud metadata at 169.254.169.254), loopback, documentation,
 * multicast and reserved ranges, and Azure's platform address, which is public in form only.
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

/** Global unicast is 2000::/3; inside it only what translates to IPv4 or is for documentation is left out. */
const NOT_THE_INTERNET_V6 = ['2001::/32', '2001:db8::/32', '2002::/16'];

/** The public Internet on one port, and neither private networks nor a cloud's metadata service. */
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

/** A server outside the cluster, known by its address ranges. */
export function addresses(to: string, cidrs: readonly string[], port: number, kind: PartyKind = 'other'): Connection {
  return { to, port, kind, cidrs: cidrs.map((cidr) => ({ cidr })) };
}

/**
 * Pods of ours, at one of their ports.
 *
 * @param port its name. @default - the main one
 * @throws when there is no such port
 */
export function to(target: Omit<Destination, 'port'> & Listening, port?: string): Connection {
  const { system, namespace, name, labels } = target;
  const { port: number } = portOfName(target, port);
  return { to: { system, namespace, name, port: number, ...(labels !== undefined && { labels }) } };
}

/** Whom an arrow outside the cluster leads to, for pictures and documents. */
export type PartyKind = 'postgresql' | 'redis' | 's3' | 'http' | 'other';

/** Pods that others may be told to connect to. */
export interface Destination {
  readonly system: string;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** What selects them. @default - `app: <system>, component: <name>` */
  readonly labels?: Readonly<Record<string, string>>;
}

/** How many connections something takes: a database server, or each replica of a pooler before one. */
export interface Limit {
  /** Whose limit it is, as it is shown. */
  readonly name: string;
  /** `max_connections`. */
  readonly maxConnections: number;
  /** Of these, kept for others than the clients. */
  readonly reserved: number;
}

/** What takes a limited number of connections. */
export interface Limited {
  /** How its clients get there. */
  readonly connection: Connection & { readonly limit: Limit };
}

/** How many connections each pod holds to a database server, or to a pooler before one. */
export interface Pool {
  /** At the most. */
  readonly perPod: number;
  /** How that comes about, as it is shown: `(5 tenants and the registry) × (2 + 1)`. */
  readonly why: string;
  /** What a pooler opens beside that, since its clients ask for databases. @default - nothing: it is no pooler */
  readonly behind?: PoolsBehind;
}

/** The pools that a pooler has at a server: one for each database that its clients use at the same time. */
export interface PoolsBehind {
  /** The size of each database's pool. */
  readonly sizes: readonly number[];
  /** How many databases one pod of its clients uses at the same time, at the most. */
  readonly atOnce: number;
}

/** Whom a workload opens connections to. */
export type Connection = (
  | { readonly to: Destination }
  | {
      /** Who that is, as it is shown. */
      readonly to: string;
      readonly kind: PartyKind;
      readonly port: number;
      readonly cidrs: readonly { readonly cidr: string; readonly except?: readonly string[] }[];
    }
) & {
  /** Of where it leads to: then each who connects says how many connections it holds. @default - they are not counted */
  readonly limit?: Limit;
  /** Made by {@link pooled}. @default - there is no limit */
  readonly pool?: Pool;
  /** What it is for, in a few words. @default - its ends say enough */
  readonly about?: string;
};

/** A connection of which each pod holds so many. */
export function pooled({ connection }: Limited, pool: Pool): Connection {
  return { ...connection, pool };
}
