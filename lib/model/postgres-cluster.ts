import type { Image } from '../base/image';
import type { Connection } from './connection';
import type { Resources } from './container';
import type { Server } from './database';
import type { ExternalPods } from './kubernetes';
import type { Secret, SecretKey } from './secret';

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
  /** Of these, kept for superusers, and for people and tools beside the pods. */
  readonly reserved: number;
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
  readonly externalPods: readonly ExternalPods[];
}

/** The name of a role's objects. */
export function roleObjectName(role: string): string {
  return role.replaceAll('_', '-');
}

/** A server's parameters by their names in postgresql.conf. */
export type Parameters = Readonly<Record<string, string>>;
