import type { Connection, Destination } from '../component';
import type { Image, Resources } from '../container';
import { type Parameters, tuning } from '../postgres/tuning';
import { prometheusPods } from '../prometheus';
import type { Secret, SecretKey } from '../secrets/secret';
import type { Server } from '../servers';
import type { GivenPods } from '../system';

/** What instances answer on, beside kubelet's probes. Source: cloudnative-pg.io, Security, Exposed ports. */
const PORTS = { postgres: 5432, status: 8000, metrics: 9187 } as const;

/** A role of a cluster. */
export interface ClusterRole {
  readonly name: string;
  /** Made by {@link roleCredentials}. @default - none: it has no password and nobody logs in as it */
  readonly password?: Secret;
  /** The databases that it may connect to. @default - none: nobody logs in as it */
  readonly databases?: 'all' | readonly string[];
  /** @default - as many as there is room for */
  readonly connectionLimit?: number | undefined;
  /** Roles whose rights it has. Those that it is taken out of here are taken from it. @default - none */
  readonly memberOf?: readonly string[];
  /** @default false */
  readonly createdb?: boolean;
  /** Reads all rows, whatever policies a table has. @default false */
  readonly bypassrls?: boolean;
  /** The role goes when its object goes; one that owns anything stays until it does not. @default false */
  readonly dropped?: boolean;
}

/** A database of a cluster. It stays when its object goes. */
export interface ClusterDatabase {
  readonly name: string;
  /** One of the cluster's roles. */
  readonly owner: string;
}

/** Where base backups and the write-ahead log go. */
export interface Archive {
  /** Such as `s3://bucket/path`. Two clusters never share one. */
  readonly destination: string;
  /** @default - Amazon's */
  readonly endpoint?: string | undefined;
  /** The keys of the store, or the AWS role that the instances' ServiceAccount assumes. */
  readonly credentials:
    | { readonly accessKeyId: SecretKey; readonly secretAccessKey: SecretKey }
    | { readonly roleArn: string };
  /** How the instances get there (and to whoever gives them the role). */
  readonly connectsTo: readonly Connection[];
  /** The window of which each moment can be restored, such as `30d`. */
  readonly retention: string;
  /** When base backups are made: six fields in UTC, seconds first. */
  readonly schedule: string;
}

export interface CloudNativePgProps {
  readonly system: string;
  readonly namespace: string;
  /** Of its objects. @default postgres */
  readonly name?: string;
  /** The name that tenants give the server. */
  readonly serverName: string;
  /** One of the operator's images; its tag begins with the version of PostgreSQL. */
  readonly image: Image;
  /** One of them takes writes, the others stand by. */
  readonly instances: number;
  readonly maxConnections: number;
  /** Of each instance. */
  readonly resources: Resources;
  /** The size of each instance's volume. */
  readonly size: string;
  readonly storageClass?: string | undefined;
  /** What is made with the cluster; its owner has a password. */
  readonly database: ClusterDatabase;
  /** More of them. @default - none */
  readonly databases?: readonly ClusterDatabase[];
  /** Roles that objects describe, and nobody changes by hand. */
  readonly roles: readonly ClusterRole[];
  readonly archive: Archive;
  /** The operator's namespace. */
  readonly operator: string;
  /** How the instances get to the API server, which they elect their primary by. */
  readonly apiServer: readonly Connection[];
  /** The pods that read metrics, by a PodMonitor. @default - nobody does */
  readonly prometheus?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** A cluster of CloudNativePG with its defaults filled in, and what follows from it for others. */
export interface PostgresCluster
  extends Required<Omit<CloudNativePgProps, 'storageClass' | 'prometheus'>>,
    Pick<CloudNativePgProps, 'storageClass' | 'prometheus'> {
  readonly parameters: Parameters;
  /** What selects its pods: instances, and the Jobs that make them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The cluster, as its clients see it. */
  readonly server: Server;
  /** The pods that the operator makes, the operator itself, and whoever reads metrics. */
  readonly given: readonly GivenPods[];
}

/** The pods that connect to a cluster beside its clients, and where its own connect to. Source: cloudnative-pg.io, Networking. */
function podsOf(pods: Destination, { archive, apiServer, operator, prometheus }: CloudNativePgProps): GivenPods[] {
  const at = (port: number): Connection => ({ to: { ...pods, port } });
  const { system, namespace, name, labels = {} } = pods;
  return [
    {
      ...{ system, namespace, name, labels },
      // Replication, and the question whether a primary is alone.
      connectsTo: [at(PORTS.postgres), at(PORTS.status), ...apiServer, ...archive.connectsTo],
    },
    {
      ...{ system: 'cloudnative-pg', namespace: operator, name: 'cnpg-controller-manager' },
      labels: { 'app.kubernetes.io/name': 'cloudnative-pg' },
      connectsTo: [at(PORTS.status), at(PORTS.postgres)],
    },
    ...(prometheus === undefined ? [] : [prometheusPods(prometheus, [at(PORTS.metrics)])]),
  ];
}

/**
 * A PostgreSQL of several instances that CloudNativePG runs, with its roles and databases. What was acknowledged is on more than
 * one instance, and every moment of a window can be restored.
 */
export function cloudNativePg(props: CloudNativePgProps): PostgresCluster {
  const { system, namespace, name = 'postgres' } = props;
  const labels = { 'cnpg.io/cluster': name };
  const pods: Destination = { system, namespace, name, labels, port: PORTS.postgres };
  return {
    databases: [],
    ...props,
    name,
    // By the memory that it is sure to get: the operator refuses shared buffers that are larger than that.
    parameters: tuning(props.resources.memory.request, props.maxConnections),
    labels,
    server: {
      name: props.serverName,
      host: `${name}-rw.${namespace}.svc.cluster.local`,
      port: PORTS.postgres,
      tls: 'verify-full',
      ca: { foreign: 'Secret', name: `${name}-ca` },
      connection: { to: pods },
    },
    given: podsOf(pods, props),
  };
}
