import { hostOf, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { addresses, to } from '../../model/connection';
import type { ExistingObject } from '../../model/container';
import type { Server } from '../../model/database';
import type { PostgresCluster } from '../../model/postgres-cluster';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Task } from '../../model/task';
import { POSTGRES_SCRIPTS, type PostgresProps, postgres } from './postgres';
import type { ExternalServer, StatefulsetServer } from './server-settings';

/** A database server: its address for clients, and what this project makes of it. */
export interface DataServer {
  readonly server: Server;
  /** The credentials of the role that creates roles and databases. @default - an operator creates them */
  readonly administrator?: Secret;
  /** The CloudNativePG cluster. @default - no operator runs it */
  readonly cluster?: PostgresCluster;
  /** The drill that restores the cluster's archive. @default - no operator runs it */
  readonly drill?: Task;
  /** The pod. @default - the server is external, or an operator runs it */
  readonly component?: Component;
}

/** The props that all kinds of servers share. */
export interface ServerProps extends Pick<PostgresProps, 'initdbArgs' | 'readiness'> {
  readonly system: string;
  readonly namespace: string;
  readonly source: SecretSource;
}

/** The server that drills restore to. */
export const DRILL = 'drill';

/** The settings of servers that are not in `tenantServers`. */
const SETTINGS: Readonly<Record<string, string>> = { main: 'database', [DRILL]: 'backups.drill.server' };

/** The name of a server's objects: `postgres` for the server `main`, `postgres-eu` for `eu`. */
export function serverObjectName(name: string): string {
  return name === 'main' ? 'postgres' : `postgres-${name}`;
}

/** The setting of a server: `database` for the server `main`, `tenantServers.eu` for `eu`. */
export function serverSetting(name: string): string {
  return SETTINGS[name] ?? `tenantServers.${name}`;
}

const ROLE_PASSWORD = { ofRole: true, development: 'development' } as const;

/**
 * The props of the Secret with the credentials of the role that creates roles and databases.
 *
 * @param own whether the server belongs to this project, so that its password may be generated
 */
function administratorSecretProps(name: string, { system, namespace, source }: ServerProps, own: boolean) {
  const object = serverObjectName(name);
  return {
    namespace,
    name: `${object}-credentials`,
    externalName: `${object}-external-secret`,
    source,
    values: {
      POSTGRES_ADMIN_USER: {
        remote: `${object}/admin-user`,
        about: 'name of the role that creates roles and databases, not a superuser',
        development: `${system}_provisioner`,
      },
      POSTGRES_ADMIN_PASSWORD: {
        remote: `${object}/admin-password`,
        about: 'password of the role that creates roles and databases',
        random: own,
        ...ROLE_PASSWORD,
      },
    },
  };
}

/** A server outside the cluster, such as a managed one. */
export function externalServer(name: string, config: ExternalServer, props: ServerProps): DataServer {
  const { host, port, ca } = config;
  const authority =
    ca === undefined ? undefined : new Config(props.namespace, `${serverObjectName(name)}-ca`, { 'ca.crt': ca });
  const credentials = new Secret(administratorSecretProps(name, props, false));
  return {
    server: {
      name,
      host,
      port: String(port),
      tls: authority === undefined ? 'require' : 'verify-full',
      ...(authority !== undefined && { ca: authority }),
      connection: {
        ...addresses(`the database server ${name}`, config.addresses, port, 'postgresql'),
        limit: {
          name: host,
          maxConnections: config.maxConnections,
          reserved: config.reserved,
          from: `${serverSetting(name)}.maxConnections`,
        },
      },
    },
    administrator: credentials,
  };
}

/** The credentials of the administrator and of the superuser of {@link statefulsetServer}. */
function statefulsetCredentials(name: string, props: ServerProps) {
  const { values, ...secret } = administratorSecretProps(name, props, true);
  return new Secret({
    ...secret,
    values: {
      ...values,
      POSTGRES_SUPERUSER_PASSWORD: {
        remote: `${serverObjectName(name)}/superuser-password`,
        about: "password of PostgreSQL's superuser",
        random: true,
        ...ROLE_PASSWORD,
      },
    },
  });
}

/** A server of one pod in the cluster. */
export function statefulsetServer(name: string, config: StatefulsetServer, props: ServerProps): DataServer {
  const { namespace } = props;
  const object = serverObjectName(name);
  const credentials = statefulsetCredentials(name, props);
  const scripts = new Config(namespace, `${object}-scripts`, POSTGRES_SCRIPTS);
  const certificate: ExistingObject | undefined =
    config.tls === undefined
      ? undefined
      : { existing: 'Secret', name: config.tls, keys: ['tls.crt', 'tls.key', 'ca.crt'] };
  const key = credentials.pick('POSTGRES_SUPERUSER_PASSWORD', 'POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD');
  const component = postgres({
    system: props.system,
    namespace,
    name: object,
    from: serverSetting(name),
    image: config,
    superuserPassword: key.POSTGRES_SUPERUSER_PASSWORD,
    administrator: { user: key.POSTGRES_ADMIN_USER, password: key.POSTGRES_ADMIN_PASSWORD },
    scripts,
    maxConnections: config.maxConnections,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
    certificate,
    initdbArgs: props.initdbArgs,
    readiness: props.readiness,
  });
  return {
    server: {
      name,
      host: hostOf(component),
      port: portOf(component),
      tls: certificate === undefined ? 'disable' : 'verify-full',
      ...(certificate !== undefined && { ca: certificate }),
      volume: config.storage,
      connection: {
        ...to(component),
        limit: {
          name: `${namespace}/${object}`,
          maxConnections: config.maxConnections,
          reserved: config.reserved,
          from: `${serverSetting(name)}.maxConnections`,
        },
      },
    },
    administrator: credentials,
    component,
  };
}

/** The server that drills restore to, if it has settings. Nothing else is on it. */
export function drillServer(
  config: ExternalServer | StatefulsetServer | undefined,
  props: ServerProps,
): DataServer | undefined {
  if (config === undefined) return undefined;
  return config.kind === 'external' ? externalServer(DRILL, config, props) : statefulsetServer(DRILL, config, props);
}
