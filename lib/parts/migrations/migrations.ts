import type { Image } from '../../base/image';
import { hostOfPods, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { type Limited, pooled } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import { lockedConnections } from '../postgres/connections';
import { caMounts } from '../postgres/server-files';
import { shellFiles } from '../shell/shell';
import type { Tenants } from '../tenants';
import lock from './lock.sh';
import migrate from './migrate.sh';
import offers from './offers.sh';
import pooler from './pooler.sh';

/** The migrations of an admin database and of the tenants' databases. */
export interface MigrationsProps {
  readonly system: string;
  readonly namespace: string;
  /** The name of the Job, which ends with a hash of its content. @default migrations */
  readonly name?: string;
  /** The path of its setting in the environment file. @default migrations */
  readonly from?: string;
  /** The image with the migrations and the program that runs them. */
  readonly backend: Image;
  /** An image with bash and PostgreSQL clients: the official image on Alpine. */
  readonly client: Image;
  /** The first one has the admin database. */
  readonly servers: readonly Server[];
  /** Has the key `servers.tsv` and, if there are tenants, `tenants.tsv`. */
  readonly tables: Config;
  /** The name of the admin database. */
  readonly adminDatabase: string;
  /** The role that owns the admin database. */
  readonly owner: string;
  /** The passwords of the owner and of the user of the pooler's console, by role name. */
  readonly rolePasswords: Secret;
  /** The tenants whose databases are migrated too. @default - no tenants */
  readonly tenants?: Tenants;
  /**
   * PgBouncer in front of the servers: each replica opens new connections to a database whose migration has ended, since statements that
   * it has prepared are wrong when a table has changed. Its component has a headless Service, and `user` may give commands at its console.
   *
   * @default - there is no pooler
   */
  readonly pooler?: Limited & { readonly component: Component; readonly user: string };
  /** The scheme of the database URLs: `postgresql+asyncpg` or `postgresql`. */
  readonly scheme: string;
  /**
   * A shell command that migrates one database, run in the working directory of the image. Besides the URL it gets `MIGRATE_DATABASE`
   * (`admin` or `tenant`) and `MIGRATE_TENANT` (the slug).
   */
  readonly command: string;
  /** The command for the admin database, which is migrated first; empty if it has no migrations. @default - `command` */
  readonly adminCommand?: string | undefined;
  /** The name of the environment variable with the URL. @default DATABASE_URL */
  readonly variable?: string;
  /** More environment variables of the command. @default - none */
  readonly env?: ContainerProps['env'];
  /** What these variables mean to the command. @default - what their secrets say */
  readonly meanings?: ContainerProps['meanings'];
  /**
   * A part of the command's output that means that a later release has already migrated the database, such as after a rollback. The
   * database is then left as it is and counts as migrated, since migrations must be compatible with the previous release.
   *
   * @default - a failure of the command is always a failure
   */
  readonly later?: string;
  /** The number of tenants' databases that are migrated at the same time. @default 4 */
  readonly parallel?: number;
  /** The time limit of one database. @default 15 min */
  readonly limit?: Duration;
  /** The time limit of the whole task. @default 1 h */
  readonly deadline?: Duration;
  /** The resources of the container that runs the command. */
  readonly resources: Resources;
  /** The numeric user of the backend image, with which both containers run. @default 10001 */
  readonly user?: number;
  /** Its numeric group. @default - the number of the user */
  readonly group?: number;
}

/** The volume that both containers share. In memory, since it contains passwords. */
const WORK = { path: '/work', memory: true };

const LOCK_RESOURCES: Resources = {
  cpu: { request: '50m', limit: '500m' },
  memory: { request: '32Mi', limit: '128Mi' },
};

/** What the variables of the container that runs the command mean. */
const MEANINGS = {
  HOME: 'a folder that can be written to',
  PYTHONDONTWRITEBYTECODE: 'for Python: no compiled files beside its sources, which are read-only',
  PYTHONUNBUFFERED: 'for Python: each line of the log at once',
  MIGRATE_COMMAND:
    "the command that migrates a database. It gets the database's URL, `MIGRATE_DATABASE` (`admin` or `tenant`) and `MIGRATE_TENANT` (the slug)",
  MIGRATE_ADMIN_COMMAND: 'the command for the admin database, which is migrated first; empty: it has no migrations',
  DATABASE_URL_VARIABLE: 'the name of the variable with the URL',
  LATER: 'text in the output of the command: a later release has migrated the database, which stays as it is',
  PARALLEL: 'databases that are migrated at the same time',
  LIMIT_SECONDS: 'the time for each database',
};

/** How long to wait until the servers, roles and databases are ready. */
const WAIT = Duration.minutes(5);

/** The ConfigMap with the scripts of {@link migrations}. */
export function migrationScripts(namespace: string): Config {
  return new Config(namespace, 'migration-scripts', {
    ...shellFiles('log.sh', 'passwords.sh', 'servers.sh', 'tenants.sh', 'url.sh'),
    'lock.sh': lock,
    'migrate.sh': migrate,
    'offers.sh': offers,
    'pooler.sh': pooler,
  });
}

/** The container that holds the lock, reads the passwords and writes a URL for each database. */
function lockContainer(props: MigrationsProps, parallel: number, deadline: Duration): ContainerProps {
  const { tenants, pooler } = props;
  return {
    name: 'lock',
    image: props.client,
    command: ['/bin/bash', '/etc/berth/scripts/lock.sh'],
    env: {
      ADMIN_DATABASE: props.adminDatabase,
      OWNER_ROLE: props.owner,
      ...(tenants && { TENANT_PREFIX: tenants.prefix }),
      CONNECTION_SCHEME: props.scheme,
      ...(pooler && {
        POOLER_HOST: hostOfPods(pooler.component),
        POOLER_PORT: portOf(pooler.component),
        POOLER_USER: pooler.user,
      }),
      PARALLEL: String(parallel),
      WAIT_SECONDS: String(WAIT.toSeconds()),
      // Half of the deadline to wait for the lock, the other half for the migrations.
      LOCK_SECONDS: String(deadline.toSeconds() / 2),
    },
    mounts: [
      { path: '/etc/berth/scripts', from: migrationScripts(props.namespace) },
      { path: '/etc/berth/data', from: props.tables },
      { path: '/etc/berth/roles', from: props.rolePasswords, keys: [props.owner, ...(pooler ? [pooler.user] : [])] },
      ...(tenants === undefined ? [] : [{ path: '/etc/berth/tenants', from: tenants.tenantPasswords }]),
      ...caMounts(props.servers),
    ],
    scratch: [WORK],
    resources: LOCK_RESOURCES,
  };
}

/** The container that runs the command for each URL. */
function migrateContainer(props: MigrationsProps, parallel: number): ContainerProps {
  const { command, later } = props;
  return {
    name: 'migrate',
    image: props.backend,
    command: ['/bin/sh', '/etc/berth/scripts/migrate.sh'],
    env: {
      // Only /tmp is writable, and unbuffered output keeps the log complete.
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
    meanings: { ...props.meanings, ...MEANINGS },
    mounts: [{ path: '/etc/berth/scripts', from: migrationScripts(props.namespace) }, ...caMounts(props.servers)],
    scratch: [WORK, { path: '/tmp' }],
    resources: props.resources,
  };
}

/**
 * A Job that migrates the admin database and the database of each active tenant. An advisory lock prevents two runs at the same time: one
 * container holds it and reads the passwords (PostgreSQL image), the other one runs the command (backend image). Both connect to the
 * servers directly, not through a pooler; the first tells the pooler of each database that was migrated. The log of `migrate` has a line for each database. If one database fails, the others are still
 * migrated, and the Job fails.
 *
 * @example
 * const schema = migrations({
 *   ...{ system, namespace, servers, tables, rolePasswords, backend, client },
 *   adminDatabase: 'shop', owner: 'shop_owner', scheme: 'postgresql',
 *   command: 'alembic upgrade head',
 *   resources: settings.migrations,
 * });
 */
export function migrations(props: MigrationsProps): Task {
  const { deadline = Duration.hours(1), pooler } = props;
  const parallel = props.tenants === undefined ? 1 : (props.parallel ?? 4);
  return task({
    system: props.system,
    namespace: props.namespace,
    name: props.name ?? 'migrations',
    about: 'migrates the schemas',
    from: props.from ?? 'migrations',
    purpose: 'migrations',
    containers: [lockContainer(props, parallel, deadline), migrateContainer(props, parallel)],
    deadline,
    // The same user for both containers, since they share files.
    ...(props.user !== undefined && { user: props.user }),
    ...(props.group !== undefined && { group: props.group }),
    connectsTo: [
      ...lockedConnections(props.servers, parallel, parallel === 1 ? '1 database' : `${parallel} databases at once`),
      ...(pooler === undefined ? [] : [pooled(pooler, { perPod: 1, why: '1 to its console', console: true })]),
    ],
    stage: 'migrations',
  });
}
