import type { Image } from '../../base/image';
import { type Addressed, hostOf, portOf } from '../../model/address';
import { Config } from '../../model/config';
import type { ContainerProps, Mount, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import { REVISION_KEY, type Secret } from '../../model/secret';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import { lockedConnections } from '../postgres/connections';
import { administratorMounts, administratorsOf, caMounts, drillEnv } from '../postgres/server-files';
import type { DataServer } from '../postgres/servers';
import { shellFiles } from '../shell/shell';
import type { Tenants } from '../tenants';
import attempts from './attempts.sh';
import close from './close.sql';
import database from './database.sql';
import databases from './databases.sh';
import deactivate from './deactivate.sql';
import extensions from './extensions.sql';
import facts from './facts.sql';
import lock from './lock.sql';
import prepare from './prepare.sh';
import closed from './private.sql';
import provision from './provision.sh';
import registryScript from './registry.sh';
import registry from './registry.sql';
import revisions from './revisions.sh';
import role from './role.sql';
import roles from './roles.sh';
import row from './row.sql';
import rows from './rows.sql';
import server from './server.sql';
import tenant from './tenant.sh';

/** The ConfigMap with the scripts and queries of {@link provisioning}. */
export function provisioningScripts(namespace: string): Config {
  return new Config(namespace, 'provisioning-scripts', {
    ...shellFiles('administrators.sh', 'log.sh', 'passwords.sh', 'servers.sh', 'tenants.sh', 'url.sh'),
    'provision.sh': provision,
    'attempts.sh': attempts,
    'databases.sh': databases,
    'prepare.sh': prepare,
    'registry.sh': registryScript,
    'revisions.sh': revisions,
    'roles.sh': roles,
    'tenant.sh': tenant,
    'close.sql': close,
    'database.sql': database,
    'deactivate.sql': deactivate,
    'extensions.sql': extensions,
    'facts.sql': facts,
    'lock.sql': lock,
    'private.sql': closed,
    'registry.sql': registry,
    'role.sql': role,
    'row.sql': row,
    'rows.sql': rows,
    'server.sql': server,
  });
}

/** The tenants, with a registry of their connection strings in the admin database. */
export interface ProvisionedTenants extends Tenants {
  /** The role that reads the registry. */
  readonly reader: string;
  /** The role that reads and writes all tables of the admin database. */
  readonly writer: string;
  /** The scheme of the connection strings, such as `postgresql`. */
  readonly scheme: string;
  /** The pooler, whose address is in the connection strings. */
  readonly pooler: Addressed;
  /** The number of tenants that are provisioned at the same time. */
  readonly parallel: number;
}

/** The roles and databases that a Job creates. */
export interface ProvisioningProps {
  readonly system: string;
  readonly namespace: string;
  /** An image with bash and PostgreSQL clients: the official image on Alpine. */
  readonly image: Image;
  /**
   * Has the key `servers.tsv`; if there are tenants, `tenants.tsv`; and if the system has several databases or one with extensions,
   * `databases.tsv`, in which the admin database is the first.
   */
  readonly tables: Config;
  /** The first one has the admin database. */
  readonly servers: readonly Server[];
  /**
   * The credentials of the role that creates roles and databases, by server name, with the keys `POSTGRES_ADMIN_USER` and
   * `POSTGRES_ADMIN_PASSWORD`. An operator creates the roles and databases of servers without an entry.
   */
  readonly administrators: Readonly<Record<string, Secret>>;
  /** The server that restore drills have for themselves. @default - they restore on `servers` */
  readonly drillServer?: DataServer | undefined;
  /** The name of the system's own database. */
  readonly adminDatabase: string;
  /** The names of the system's own roles. */
  readonly roles: {
    /** Owns the admin database. */
    readonly owner: string;
    /** Own the others of `databases.tsv`. @default - none */
    readonly others?: readonly string[];
    /** Is a member of all other roles, to dump and restore. */
    readonly backup: string;
    /** Loads dumps, and has no other privileges. */
    readonly restore: string;
  };
  /** The passwords of these roles, and of the reader and writer, by role name. */
  readonly rolePasswords: Secret;
  /** Has the key `init.sql`, which the owner runs in the admin database each time, so it has to be idempotent. @default - none */
  readonly init?: Config | undefined;
  /** @default - no tenants and no registry */
  readonly tenants?: ProvisionedTenants;
  /** @default 50m..500m, 64Mi..256Mi */
  readonly resources?: Resources;
}

const USER = 70; // the user postgres in the official image on Alpine

const RESOURCES: Resources = { cpu: { request: '50m', limit: '500m' }, memory: { request: '64Mi', limit: '256Mi' } };

function envOf({ servers, administrators, ...props }: ProvisioningProps): NonNullable<ContainerProps['env']> {
  const { roles, tenants } = props;
  const made = servers.every(({ name }) => name in administrators);
  return {
    ADMIN_DATABASE: props.adminDatabase,
    ...(tenants && { TENANT_PREFIX: tenants.prefix }),
    OWNER_ROLE: roles.owner,
    ...(tenants && { READER_ROLE: tenants.reader, WRITER_ROLE: tenants.writer }),
    BACKUP_ROLE: roles.backup,
    RESTORE_ROLE: roles.restore,
    ...(tenants && {
      CONNECTION_SCHEME: tenants.scheme,
      POOLER_HOST: hostOf(tenants.pooler),
      POOLER_PORT: portOf(tenants.pooler),
      PARALLEL: String(tenants.parallel),
    }),
    ROLES_REVISION: props.rolePasswords.revisionText ?? '',
    ...(tenants && { TENANTS_REVISION: tenants.tenantPasswords.revisionText ?? '' }),
    ROLES_MADE_BY: made ? 'job' : 'operator',
  };
}

function mountsOf(props: ProvisioningProps): Mount[] {
  const { roles, rolePasswords, tenants, init, administrators } = props;
  const readers = tenants === undefined ? [] : [tenants.reader, tenants.writer];
  const revision = rolePasswords.revisionText === undefined ? [] : [REVISION_KEY];
  return [
    { path: '/etc/berth/scripts', from: provisioningScripts(props.namespace) },
    { path: '/etc/berth/data', from: props.tables },
    {
      path: '/etc/berth/roles',
      from: rolePasswords,
      keys: [...new Set([roles.owner, ...(roles.others ?? [])]), ...readers, roles.backup, roles.restore, ...revision],
    },
    ...(tenants === undefined ? [] : [{ path: '/etc/berth/tenants', from: tenants.tenantPasswords }]),
    ...(init === undefined ? [] : [{ path: '/etc/berth/init', from: init }]),
    ...administratorMounts(administrators),
    ...caMounts(props.servers),
  ];
}

/**
 * A Job that creates the system's own database and roles, those of the tenants, and the tenant registry. It runs again when the list of
 * tenants, a revision or a script changes. Its log has a line for each tenant. If one tenant fails, the others are still provisioned, and
 * the Job fails.
 */
export function provisioning({ drillServer, ...given }: ProvisioningProps): Task {
  const drill = drillServer === undefined ? [] : [drillServer];
  const servers = [...given.servers, ...drill.map(({ server }) => server)];
  const administrators = { ...given.administrators, ...administratorsOf(drill) };
  const props = { ...given, servers, administrators };
  const { tenants } = props;
  const parallel = tenants?.parallel ?? 1;
  return task({
    system: props.system,
    namespace: props.namespace,
    name: 'provisioning',
    from: 'postgresClient',
    about: 'creates roles and databases',
    purpose: 'provisioning',
    containers: [
      {
        name: 'provisioning',
        image: props.image,
        command: ['/bin/bash', '/etc/berth/scripts/provision.sh'],
        env: { ...envOf(props), ...drillEnv(drillServer) },
        mounts: mountsOf(props),
        resources: props.resources ?? RESOURCES,
      },
    ],
    deadline: Duration.hours(1),
    user: USER,
    connectsTo: lockedConnections(servers, parallel, `${parallel} at once`),
    stage: 'provisioning',
  });
}
