import type { Image } from '../../base/image';
import { Config } from '../../model/config';
import { type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import { caMounts } from '../postgres/server-files';
import { shellFiles } from '../shell/shell';
import type { Tenants } from '../tenants';
import lock from './lock.sh';
import migrate from './migrate.sh';
import offers from './offers.sh';

export interface MigrationsProps {
  readonly system: string;
  readonly namespace: string;
  /** Holds the migrations and what runs them. */
  readonly backend: Image;
  /** PostgreSQL's clients and bash: the official image on Alpine. */
  readonly client: Image;
  /** The first holds the admin database. */
  readonly servers: readonly Server[];
  /** Holds `servers.tsv` and, where there are tenants, `tenants.tsv`. */
  readonly tables: Config;
  readonly adminDatabase: string;
  /** The role that owns the admin database. */
  readonly owner: string;
  /** Holds its password, under its name. */
  readonly roles: Secret;
  /** Whose databases are migrated besides. @default - there are none */
  readonly tenants?: Tenants;
  /** What the URLs begin with: `postgresql+asyncpg` or `postgresql`. */
  readonly scheme: string;
  /**
   * Brings one database up to date, in the image's own directory, by its shell. Beside the URL it finds `MIGRATE_DATABASE`, which is
   * admin or tenant, and `MIGRATE_TENANT`, the slug.
   */
  readonly command: string;
  /** The same for the admin database, which is migrated first; empty where it has no migrations. @default - `command` */
  readonly adminCommand?: string | undefined;
  /** The variable with the URL. @default DATABASE_URL */
  readonly variable?: string;
  /** What the command wants to know besides. @default - nothing */
  readonly env?: ContainerProps['env'];
  /**
   * What the command says when a later release has migrated the database already, as after a rollback. Migrations suit the release
   * before them too, so the database is left as it is, and nothing has failed.
   *
   * @default - it is a failure
   */
  readonly later?: string;
  /** Tenants' databases at the same time. @default 4 */
  readonly parallel?: number;
  /** How long one database may take. @default 15 min */
  readonly limit?: Duration;
  /** How long all of them may take. @default 1 h */
  readonly deadline?: Duration;
  /** Of the container that migrates. */
  readonly resources: Resources;
  /** The numeric user of the backend. @default 10001 */
  readonly user?: number;
}

/** Where the two containers meet. In memory, since there are passwords in it. */
const WORK = { path: '/work', memory: true };

const LOCK_RESOURCES: Resources = {
  cpu: { request: '50m', limit: '500m' },
  memory: { request: '32Mi', limit: '128Mi' },
};

/** For servers to come up, and for roles and databases to be made. */
const WAIT = Duration.minutes(5);

/** What runs in {@link migrations}. */
export function migrationScripts(namespace: string): Config {
  return new Config(namespace, 'migration-scripts', {
    ...shellFiles('log.sh', 'servers.sh', 'tenants.sh', 'url.sh'),
    'lock.sh': lock,
    'migrate.sh': migrate,
    'offers.sh': offers,
  });
}

/** What the task holds at a server: a database each, and at the first server one more, which holds the lock. */
function connectionsAt(server: number, parallel: number): Pool {
  const why = parallel === 1 ? '1 database' : `${parallel} databases at once`;
  return server === 0 ? { perPod: parallel + 1, why: `${why} + 1 that holds the lock` } : { perPod: parallel, why };
}

/** Holds the lock, knows the passwords, and writes a URL for each database. */
function lockContainer(props: MigrationsProps, parallel: number, deadline: Duration): ContainerProps {
  const { tenants } = props;
  return {
    name: 'lock',
    image: props.client,
    command: ['/bin/bash', '/etc/berth/scripts/lock.sh'],
    env: {
      ADMIN_DATABASE: props.adminDatabase,
      OWNER_ROLE: props.owner,
      ...(tenants && { TENANT_PREFIX: tenants.prefix }),
      CONNECTION_SCHEME: props.scheme,
      PARALLEL: String(parallel),
      WAIT_SECONDS: String(WAIT.toSeconds()),
      // The other half is for this run's own work.
      LOCK_SECONDS: String(deadline.toSeconds() / 2),
    },
    mounts: [
      { path: '/etc/berth/scripts', from: migrationScripts(props.namespace) },
      { path: '/etc/berth/data', from: props.tables },
      { path: '/etc/berth/roles', from: props.roles, keys: [props.owner] },
      ...(tenants === undefined ? [] : [{ path: '/etc/berth/tenants', from: tenants.passwords }]),
      ...caMounts(props.servers),
    ],
    scratch: [WORK],
    resources: LOCK_RESOURCES,
  };
}

/** Runs the command for each URL. */
function migrateContainer(props: MigrationsProps, parallel: number): ContainerProps {
  const { command, later } = props;
  return {
    name: 'migrate',
    image: props.backend,
    command: ['/bin/sh', '/etc/berth/scripts/migrate.sh'],
    env: {
      // Nothing but /tmp can be written to, and a log that is read later should be complete.
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      ...props.env,
      MIGRATE_COMMAND: command,
      MIGRATE_ADMIN_COMMAND: props.adminCommand ?? command,
      DATABASE_URL_VARIABLE: props.variable ?? 'DATABASE_URL',
      ...(later !== undefined && { LATER: later }),
      PARALLEL: String(parallel),
      LIMIT_SECONDS: String((props.limit ?? Duration.minutes(15)).toSeconds()),
    },
    mounts: [{ path: '/etc/berth/scripts', from: migrationScripts(props.namespace) }, ...caMounts(props.servers)],
    scratch: [WORK, { path: '/tmp' }],
    resources: props.resources,
  };
}

/**
 * Migrates the admin database and that of each active tenant, never twice at the same time. One container holds the lock and knows
 * the passwords, in PostgreSQL's image; the other one, in the backend's, runs its command. They connect to the servers directly.
 * The log of `migrate` has a line for each database; the task fails when one of them did, and the others are migrated all the same.
 */
export function migrations(props: MigrationsProps): Task {
  const { deadline = Duration.hours(1) } = props;
  const parallel = props.tenants === undefined ? 1 : (props.parallel ?? 4);
  return task({
    system: props.system,
    namespace: props.namespace,
    name: 'migrations',
    about: 'brings the schemas up to date',
    from: 'migrations',
    purpose: 'migrations',
    containers: [lockContainer(props, parallel, deadline), migrateContainer(props, parallel)],
    deadline,
    // Both, so that what one writes the other may read.
    ...(props.user !== undefined && { user: props.user }),
    connectsTo: props.servers.map((server, index) => pooled(server, connectionsAt(index, parallel))),
    stage: 'migrations',
  });
}
