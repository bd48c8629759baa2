import type { Image } from '../../base/image';
import { Config } from '../../model/config';
import type { Server } from '../../model/database';
import type { Task } from '../../model/task';
import { backups } from '../backup/backups';
import { type DataStore, type DataStoreProps, snapshotHost } from '../data-store';
import { type MigrationsProps, migrations } from '../migrations/migrations';
import { provisioning } from '../provisioning/provisioning';
import { rolePasswordsSecret } from '../secrets';
import { accessTo, type DatabaseAccess } from './access';
import { checkDatabases, databaseOf, databaseTable, type OwnedDatabase } from './databases';
import type { PostgresProps } from './postgres';
import { administratorsOf, serverTable } from './server-files';
import { type DataServer, drillServer, externalServer, statefulsetServer } from './servers';
import type { ExternalServer, StatefulsetServer } from './settings';

/** The migrations of one of the databases. */
export interface DatabaseMigrations
  extends Pick<
    MigrationsProps,
    'backend' | 'command' | 'from' | 'variable' | 'env' | 'later' | 'resources' | 'user' | 'group'
  > {
  /** The name of the database. @default - the first one */
  readonly database?: string;
  /** The scheme of the database's URL: `postgresql+asyncpg` or `postgresql`. @default postgresql */
  readonly scheme?: string;
}

/** The PostgreSQL databases of one application. */
export interface DatabaseProps extends DataStoreProps, Pick<PostgresProps, 'initdbArgs' | 'readiness'> {
  /** The server, and the names of the first database and of its owner. */
  readonly config: (ExternalServer | StatefulsetServer) & { readonly name: string; readonly user: string };
  /** The extensions of the first database, as in {@link OwnedDatabase}. @default - none */
  readonly extensions?: OwnedDatabase['extensions'];
  /**
   * More databases on the same server, which are dumped and restored like the first one. One that is taken off this list stays on the
   * server, and is still dumped.
   *
   * @default - the first one alone
   */
  readonly databases?: readonly OwnedDatabase[];
  /** An image with bash and PostgreSQL clients: the official image on Alpine. */
  readonly client: Image;
  /** SQL that the owner runs in the first database each time the Job runs, so it has to be idempotent. @default - none */
  readonly init?: string;
  /**
   * At most one for each database: a Job of its own, `migrations` for the first database and `migrations-<name>` for the others.
   *
   * @default - no migrations
   */
  readonly migrations?: DatabaseMigrations | readonly DatabaseMigrations[];
}

/** The databases of one application. What {@link DatabaseAccess} has is of the first one. */
export interface Database extends DataStore, DatabaseAccess {
  readonly url: DatabaseAccess['url'];
  /** Its clients connect by `pooled(server, …)`, with the number of connections that each pod holds. */
  readonly server: Server;
  /** The CA certificate of the server, if the settings contain it, so that clients can verify the server. */
  readonly ca: Config | undefined;
  /**
   * How to connect to the database of a name.
   *
   * @example
   * values: { REPORTS_PASSWORD: db.of('reports').password, REPORTS_URL: db.of('reports').url('REPORTS_PASSWORD') }
   *
   * @throws when there is no such database
   */
  readonly of: (name: string) => DatabaseAccess;
}

/** The databases, of which the first is the admin database. */
function databasesOf({ config, extensions = [], databases = [] }: DatabaseProps): [OwnedDatabase, ...OwnedDatabase[]] {
  return [{ name: config.name, user: config.user, extensions }, ...databases];
}

/** The roles that dump and restore. */
function backupRoles({ system }: DatabaseProps) {
  const prefix = system.replaceAll('-', '_');
  return { backup: `${prefix}_backup`, restore: `${prefix}_restore` };
}

/** The tables of the server and, if there is more to say than their names, of the databases. */
function tablesOf(props: DatabaseProps, servers: readonly Server[]): Config {
  const databases = databasesOf(props);
  const isPlain = databases.length === 1 && databases[0].extensions?.length === 0;
  const own = { 'servers.tsv': serverTable(servers) };
  return new Config<string>(
    props.namespace,
    'servers',
    isPlain ? own : { ...own, 'databases.tsv': databaseTable(databases) },
  );
}

/** The Jobs that migrate the databases. */
function migrationsOf(
  props: DatabaseProps,
  common: Omit<MigrationsProps, 'adminDatabase' | 'owner' | 'scheme' | keyof DatabaseMigrations>,
): Task[] {
  const databases = databasesOf(props);
  const given = [props.migrations ?? []].flat();
  const names = given.map(({ database = databases[0].name }) => database);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`given two migrations of the database ${twice}, expected one`);
  return given.map(({ database, ...own }) => {
    const { name, user } = database === undefined ? databases[0] : databaseOf(databases, database);
    return migrations({
      scheme: 'postgresql',
      ...common,
      ...own,
      ...(name !== databases[0].name && { name: `migrations-${name.replaceAll('_', '-')}` }),
      adminDatabase: name,
      owner: user,
    });
  });
}

/** The Jobs that create, migrate and dump the databases. */
function tasksOf(props: DatabaseProps, made: DataServer, drill: DataServer | undefined): Task[] {
  const { system, namespace, source, config, client } = props;
  const others = (props.databases ?? []).map(({ user }) => user);
  const roles = { owner: config.user, others, ...backupRoles(props) };
  const rolePasswords = rolePasswordsSecret(namespace, source, [roles.owner, roles.backup, roles.restore, ...others]);
  const servers = [made.server];
  const tables = tablesOf(props, servers);
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
  return [provisioned, ...migrationsOf(props, { ...common, client, rolePasswords }), ...backedUp];
}

/**
 * The PostgreSQL databases of one application: the server pod or the connection to an external server, and the Jobs that create, migrate
 * and dump the databases and test the dumps.
 * Source: the seed of Pliers, Docker Compose, "Database Migration" and "Backup and Recovery".
 *
 * @example
 * const db = database({
 *   ...{ system: 'shop', environment, namespace: 'shop-prod-data', source },
 *   config: settings.database, client: settings.postgresClient, backups: settings.backups,
 * });
 * system({ ...defaults, components: [api, ...db.components], tasks: db.tasks });
 *
 * @throws when a database is given twice, its name or that of its owner is reserved, or migrations are of a database that is not there
 */
export function database(props: DatabaseProps): Database {
  const { config } = props;
  const databases = databasesOf(props);
  checkDatabases(databases, Object.values(backupRoles(props)));
  const made =
    config.kind === 'external' ? externalServer('main', config, props) : statefulsetServer('main', config, props);
  const drill = drillServer(props.backups?.drill.server, props);
  const { server } = made;
  return {
    ...accessTo(server, databases[0]),
    components: [made, ...(drill === undefined ? [] : [drill])].flatMap(({ component }) => component ?? []),
    tasks: tasksOf(props, made, drill),
    server,
    ca: server.ca instanceof Config ? server.ca : undefined,
    of: (name) => accessTo(server, databaseOf(databases, name)),
  };
}
