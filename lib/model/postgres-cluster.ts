import type { Image } from '../base/image';
import type { Connection } from './connection';
import type { Resources } from './container';
import type { Server } from './database';
import type { ExternalPods } from './kubernetes';
import type { Secret, SecretKey } from './secret';

/** A PostgreSQL role of a cluster. Source: cloudnative-pg.io, PostgreSQL Role Management. */
export interface ClusterRole {
  readonly name: string;
  /** The Secret with its password, made by `roleCredentials`. @default - no password, and no login */
  readonly password?: Secret;
  /** The databases that it may connect to. @default - none, and no login */
  readonly databases?: 'all' | readonly string[];
  /** The largest number of its connections. @default - only limited by the server */
  readonly connectionLimit?: number | undefined;
  /** The roles that it is a member of. Memberships that are not listed are revoked. @default - none */
  readonly memberOf?: readonly string[];
  /** Whether it may create databases. @default false */
  readonly createdb?: boolean;
  /** Whether it bypasses row-level security. @default false */
  readonly bypassrls?: boolean;
  /** Whether the role is dropped when its object is deleted, once it owns nothing. @default false */
  readonly dropped?: boolean;
}

/** A database of a cluster. It is kept when its object is deleted. */
export interface ClusterDatabase {
  readonly name: string;
  /** The name of one of the cluster's roles. */
  readonly owner: string;
}

/** The object store of base backups and the write-ahead log. */
export interface Archive {
  /** A URL such as `s3://bucket/path`. Each cluster needs its own. */
  readonly destination: string;
  /** The URL of the S3 service. @default - Amazon S3 */
  readonly endpoint?: string | undefined;
  /** An access key, or the AWS role that the ServiceAccount of the instances assumes. */
  readonly credentials:
    | { readonly accessKeyId: SecretKey; readonly secretAccessKey: SecretKey }
    | { readonly roleArn: string };
  /** The connections of the instances to the store (and to AWS STS, for `roleArn`). */
  readonly connectsTo: readonly Connection[];
  /** The recovery window for point-in-time recovery, such as `30d`. */
  readonly retention: string;
  /** The schedule of base backups: six cron fields in UTC, the first is seconds. */
  readonly schedule: string;
}

/** The settings of a PostgreSQL cluster that CloudNativePG runs. */
export interface CloudNativePgProps {
  readonly system: string;
  readonly namespace: string;
  /** The name of its objects. @default postgres */
  readonly name?: string;
  /** The name by which settings and tenants refer to the server, such as `main`. */
  readonly serverName: string;
  /** An image of CloudNativePG; its tag begins with the version of PostgreSQL. */
  readonly image: Image;
  /** The number of instances: one primary, the others are replicas. */
  readonly instances: number;
  /** `max_connections` of each instance. */
  readonly maxConnections: number;
  /** How many of `maxConnections` are reserved for superusers, people and tools besides the pods. */
  readonly reserved: number;
  /** The resources of each instance. */
  readonly resources: Resources;
  /** The size of each instance's volume: a Kubernetes quantity. */
  readonly size: string;
  /** @default - the cluster's default storage class */
  readonly storageClass?: string | undefined;
  /** The database that is created with the cluster. Its owner needs a password. */
  readonly database: ClusterDatabase;
  /** More databases. @default - none */
  readonly databases?: readonly ClusterDatabase[];
  /** The roles that the operator manages. */
  readonly roles: readonly ClusterRole[];
  readonly archive: Archive;
  /** The namespace of the operator. */
  readonly operator: string;
  /** The connections of the instances to the Kubernetes API server, which they need to elect the primary. */
  readonly apiServer: readonly Connection[];
  /** The Prometheus pods that scrape the instances, by a PodMonitor. @default - the instances are not scraped */
  readonly prometheus?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** A CloudNativePG cluster with its defaults filled in, and what is derived from it for its clients and for policies. */
export interface PostgresCluster
  extends Required<Omit<CloudNativePgProps, 'storageClass' | 'prometheus'>>,
    Pick<CloudNativePgProps, 'storageClass' | 'prometheus'> {
  readonly parameters: Parameters;
  /** The labels that select its pods: the instances, and the Jobs that create them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The cluster from the view of its clients. */
  readonly server: Server;
  /** The pods that the operator makes, the operator itself, and Prometheus. */
  readonly externalPods: readonly ExternalPods[];
}

/** The name of a role in object names, where underscores are not allowed: `shop_owner` → `shop-owner`. */
export function roleObjectName(role: string): string {
  return role.replaceAll('_', '-');
}

/** Server parameters by their names in postgresql.conf. */
export type Parameters = Readonly<Record<string, string>>;
