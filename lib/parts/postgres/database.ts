import type { Image } from '../../base/image';
import { Config } from '../../model/config';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import type { System } from '../../model/system';
import type { Task } from '../../model/task';
import { backups } from '../backup/backups';
import { type DataStore, type DataStoreProps, snapshotHost } from '../data-store';
import { type MigrationsProps, migrations } from '../migrations/migrations';
import { CONSOLE_USER, type Pooler, poolerUsers } from '../pgbouncer/pooler';
import { provisioning } from '../provisioning/provisioning';
import { rolePasswordsSecret } from '../secrets';
import { accessTo, type DatabaseAccess } from './access';
import {
  type DatabaseServerConfig,
  type DatabaseServerProps,
  poolerOf,
  serverForClients,
  serverOf,
} from './database-server';
import { checkDatabases, databaseOf, databaseTable, type OwnedDatabase } from './databases';
import { administratorsOf, serverTable } from './server-files';
import { type DataServer, drillServer } from './servers';

/** The migrations of one of the databases. */
export interface DatabaseMigrations
  extends Pick<
    MigrationsProps,
    'backend' | 'command' | 'from' | 'variable' | 'env' | 'meanings' | 'later' | 'resources' | 'user' | 'group'
  > {
  /** The name of the database. @default - the first one */
  readonly database?: string;
  /** The scheme of the database's URL: `postgresql+asyncpg` or `postgresql`. @default postgresql */
  readonly scheme?: string;
}

/** The PostgreSQL databases of one application. */
export interface DatabaseProps extends DataStoreProps, DatabaseServerProps {
  /** The server with its pooler, and the names of the first database and of its owner. */
  readonly config: DatabaseServerConfig & { readonly name: string; readonly user: string };
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
export interface Database extends DataStore, DatabaseAccess, Pick<System, 'clusters'> {
  readonly url: DatabaseAccess['url'];
  /**
   * The server that its clients connect to, by `pooled(server, …)` with the number of connections that each pod holds: the pooler, where
   * there is one, which gives a client a connection to the database for one transaction. From other namespaces, connections to
   * CloudNativePG's cluster are encrypted but do not verify the server; the pooler's verify it.
   */
  readonly server: Server;
  /** The CA certificate of the server, if the settings contain it and there is no pooler, so that clients can verify the server. */
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

/** The servers of an application's databases: the one that has them, its pooler, and the one for drills. */
interface Servers {
  readonly made: DataServer;
  readonly pooler: Pooler | undefined;
  readonly drill: DataServer | undefined;
  readonly rolePasswords: Secret;
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

/** The roles that own databases, dump and restore. */
function rolesOf(props: DatabaseProps) {
  const [{ user: owner }, ...others] = databasesOf(props);
  return { owner, others: others.map(({ user }) => user), ...backupRoles(props) };
}

function serversOf(props: DatabaseProps): Servers {
  const { namespace, source, config, monitoring, backups: given } = props;
  const databases = databasesOf(props);
  const { owner, others, backup, restore } = rolesOf(props);
  const users = config.pgbouncer === undefined ? [] : poolerUsers(monitoring?.enabled ?? false);
  const rolePasswords = rolePasswordsSecret(namespace, source, [owner, backup, restore, ...others, ...users]);
  const made = serverOf(props, databases, { backup, restore });
  const pooler = poolerOf(props, databases, made.server, rolePasswords);
  return { made, pooler, drill: drillServer(given?.drill.server, props), rolePasswords };
}

/** The Jobs that create, migrate and dump the databases. They connect to the server itself. */
function tasksOf(props: DatabaseProps, { made, pooler, drill, rolePasswords }: Servers): Task[] {
  const { system, namespace, source, config, client } = props;
  const roles = rolesOf(props);
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
  const migrated = migrationsOf(props, {
    ...common,
    client,
    rolePasswords,
    ...(pooler && { pooler: { ...pooler, user: CONSOLE_USER } }),
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
  return [provisioned, ...migrated, ...backedUp, ...(made.drill ? [made.drill] : [])];
}

/**
 * The PostgreSQL databases of one application: the server pod, CloudNativePG's cluster or the connection to an external server, PgBouncer
 * before it, and the Jobs that create, migrate and dump the databases and test the dumps.
 * Source: the seed of Pliers, Docker Compose, "Database Migration" and "Backup and Recovery".
 *
 * @example
 * const db = database({
 *   ...{ system: 'shop', environment, namespace: 'shop-prod-data', source },
 *   config: settings.database, client: settings.postgresClient, backups: settings.backups,
 * });
 * system({ ...defaults, components: [api, ...db.components], tasks: db.tasks, clusters: db.clusters });
 *
 * @throws when a database is given twice, its name or that of its owner is reserved, or migrations are of a database that is not there
 */
export function database(props: DatabaseProps): Database {
  const databases = databasesOf(props);
  checkDatabases(databases, Object.values(backupRoles(props)));
  const servers = serversOf(props);
  const { made, pooler, drill } = servers;
  const server = serverForClients(made, pooler);
  return {
    ...accessTo(server, databases[0]),
    components: [made, pooler, drill].flatMap((one) => one?.component ?? []),
    tasks: tasksOf(props, servers),
    clusters: made.cluster === undefined ? [] : [made.cluster],
    server,
    ca: server.ca instanceof Config ? server.ca : undefined,
    of: (name) => accessTo(server, databaseOf(databases, name)),
  };
}
