import type { Image } from '../../base/image';
import { textOf } from '../../model/address';
import { Config } from '../../model/config';
import type { Limited } from '../../model/connection';
import type { Server } from '../../model/database';
import type { Task } from '../../model/task';
import { backups } from '../backup/backups';
import { type DataStore, type DataStoreProps, snapshotHost } from '../data-store';
import { type MigrationsProps, migrations } from '../migrations/migrations';
import { provisioning } from '../provisioning/provisioning';
import { rolePassword, rolePasswordsSecret } from '../secrets';
import type { PostgresProps } from './postgres';
import { administratorsOf, serverTable } from './server-files';
import { type DataServer, drillServer, externalServer, statefulsetServer } from './servers';
import type { ExternalServer, StatefulsetServer } from './settings';

/** A PostgreSQL database of one application. */
export interface DatabaseProps extends DataStoreProps, Pick<PostgresProps, 'initdbArgs' | 'readiness'> {
  /** The server, and the names of the database and of its owner. */
  readonly config: (ExternalServer | StatefulsetServer) & { readonly name: string; readonly user: string };
  /** An image with bash and PostgreSQL clients: the official image on Alpine. */
  readonly client: Image;
  /** SQL that the owner runs in the database each time the Job runs, so it has to be idempotent. @default - none */
  readonly init?: string;
  /** @default - no migrations */
  readonly migrations?: Pick<
    MigrationsProps,
    'backend' | 'command' | 'variable' | 'env' | 'later' | 'resources' | 'user'
  >;
}

/** One database for one application. */
export interface Database extends DataStore {
  /** Its clients connect by `pooled(server, …)`, with the number of connections that each pod holds. */
  readonly server: Limited;
  /** The CA certificate of the server, if the settings contain it, so that clients can verify the server. */
  readonly ca: Config | undefined;
}

/** The Jobs that create, migrate and dump the database. */
function tasksOf(props: DatabaseProps, made: DataServer, drill: DataServer | undefined): Task[] {
  const { system, namespace, source, config, client } = props;
  const prefix = system.replaceAll('-', '_');
  const roles = { owner: config.user, backup: `${prefix}_backup`, restore: `${prefix}_restore` };
  const rolePasswords = rolePasswordsSecret(namespace, source, Object.values(roles));
  const servers = [made.server];
  const tables = new Config(namespace, 'servers', { 'servers.tsv': serverTable(servers) });
  const common = { system, namespace, servers, tables, adminDatabase: config.name };
  const provisioned = provisioning({
    ...common,
    image: client,
    administrators: administratorsOf([made]),
    drillServer: drill,
    roles,
    rolePasswords,
    init: props.init === undefined ? undefined : new Config(namespace, 'database-init', { 'init.sql': props.init }),
  });
  const migrated = props.migrations && [
    migrations({
      ...common,
      ...props.migrations,
      client,
      owner: roles.owner,
      rolePasswords,
      scheme: 'postgresql',
    }),
  ];
  const backedUp = backups({
    ...common,
    source,
    config: props.backups,
    drillServer: drill,
    image: client,
    role: roles.backup,
    restoreRole: roles.restore,
    rolePasswords,
    host: snapshotHost(props),
  });
  return [provisioned, ...(migrated ?? []), ...backedUp];
}

/** The URL of a database, with its owner as the user and the TLS mode of the server. */
function databaseUrl({ host, port, tls }: Server, { user, name }: DatabaseProps['config']): DataStore['url'] {
  const query = tls === 'disable' ? '' : `?sslmode=${tls}`;
  return (password) => ({
    template: [`postgresql://${user}:`, { urlEncoded: password }, textOf('@', host, ':', port, `/${name}${query}`)],
  });
}

/**
 * A PostgreSQL database for one application: the server pod or the connection to an external server, and the Jobs that create, migrate
 * and dump the database and test the dumps.
 * Source: the seed of Pliers, Docker Compose, "Database Migration" and "Backup and Recovery".
 *
 * @example
 * const db = database({
 *   ...{ system: 'shop', environment, namespace: 'shop-prod-data', source },
 *   config: settings.database, client: settings.postgresClient, backups: settings.backups,
 * });
 * system({ ...defaults, components: [api, ...db.components], tasks: db.tasks });
 */
export function database(props: DatabaseProps): Database {
  const { config } = props;
  const made =
    config.kind === 'external' ? externalServer('main', config, props) : statefulsetServer('main', config, props);
  const drill = drillServer(props.backups?.drill.server, props);
  const { server } = made;
  return {
    components: [made, ...(drill === undefined ? [] : [drill])].flatMap(({ component }) => component ?? []),
    tasks: tasksOf(props, made, drill),
    server,
    password: rolePassword(config.user),
    url: databaseUrl(server, config),
    ca: server.ca instanceof Config ? server.ca : undefined,
  };
}
