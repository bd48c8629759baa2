import { hostOf, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { addresses, to } from '../../model/connection';
import type { ExistingObject } from '../../model/container';
import type { Server } from '../../model/database';
import type { PostgresCluster } from '../../model/postgres-cluster';
import { Secret } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import { POSTGRES_SCRIPTS, type PostgresProps, postgres } from './postgres';
import type { ExternalServer, StatefulsetServer } from './settings';

/** One server of the data tier: how it is met, and what of it is ours. */
export interface DataServer {
  readonly server: Server;
  /** The credentials of the role that makes roles and databases. @default - an operator makes them */
  readonly administrator?: Secret;
  /** @default - no operator runs it */
  readonly cluster?: PostgresCluster;
  /** Where it is a pod of ours. */
  readonly component?: Component;
}

/** What a server of ours belongs to. */
export interface ServerProps extends Pick<PostgresProps, 'initdbArgs' | 'readiness'> {
  readonly system: string;
  readonly namespace: string;
  readonly source: SecretSource;
}

/** `postgres` for the main server, `postgres-eu` for the one that is called eu. */
export function serverObjectName(name: string): string {
  return name === 'main' ? 'postgres' : `postgres-${name}`;
}

/** @param own whether the server is ours, and whatever password we make up is its administrator's */
function administratorOf(name: string, { system, namespace, source }: ServerProps, own: boolean) {
  const object = serverObjectName(name);
  return {
    namespace,
    name: `${object}-credentials`,
    externalName: `${object}-external-secret`,
    source,
    values: {
      POSTGRES_ADMIN_USER: {
        remote: `${object}/admin-user`,
        about: 'name of the role that makes roles and databases, no superuser',
        development: `${system}_provisioner`,
      },
      POSTGRES_ADMIN_PASSWORD: {
        remote: `${object}/admin-password`,
        about: 'password of the role that makes roles and databases',
        random: own,
        development: 'development',
      },
    },
  };
}

/** A server that somebody else runs. */
export function externalServer(name: string, config: ExternalServer, props: ServerProps): DataServer {
  const { host, port, ca } = config;
  const authority =
    ca === undefined ? undefined : new Config(props.namespace, `${serverObjectName(name)}-ca`, { 'ca.crt': ca });
  const credentials = new Secret(administratorOf(name, props, false));
  return {
    server: {
      name,
      host,
      port: String(port),
      tls: authority === undefined ? 'require' : 'verify-full',
      ...(authority !== undefined && { ca: authority }),
      connection: {
        ...addresses(`the database server ${name}`, config.addresses, port, 'postgresql'),
        limit: { name: host, maxConnections: config.maxConnections, reserved: config.reserved },
      },
    },
    administrator: credentials,
  };
}

/** A server that is one pod of ours. */
export function statefulsetServer(name: string, config: StatefulsetServer, props: ServerProps): DataServer {
  const { namespace } = props;
  const object = serverObjectName(name);
  const { values, ...secret } = administratorOf(name, props, true);
  const credentials = new Secret({
    ...secret,
    values: {
      ...values,
      POSTGRES_SUPERUSER_PASSWORD: {
        remote: `${object}/superuser-password`,
        about: "password of PostgreSQL's superuser",
        random: true,
        development: 'development',
      },
    },
  });
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
    from: name === 'main' ? 'database' : `tenantServers.${name}`,
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
      connection: {
        ...to(component),
        limit: { name: `${namespace}/${object}`, maxConnections: config.maxConnections, reserved: config.reserved },
      },
    },
    administrator: credentials,
    component,
  };
}
