import type { Image } from '../../base/image';
import { type Addressed, hostOf, portOf } from '../../model/address';
import type { Config } from '../../model/config';
import { type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Mount, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import { type Secret, STAMP } from '../../model/secret';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import { caMounts } from '../postgres/server-files';
import close from './close.sql';
import database from './database.sql';
import deactivate from './deactivate.sql';
import facts from './facts.sql';
import lock from './lock.sql';
import closed from './private.sql';
import provision from './provision.sh';
import registry from './registry.sql';
import role from './role.sql';
import row from './row.sql';
import rows from './rows.sql';
import server from './server.sql';

/** What provisioning runs, by file name. */
export const PROVISIONING_SCRIPTS = {
  'provision.sh': provision,
  'close.sql': close,
  'database.sql': database,
  'deactivate.sql': deactivate,
  'facts.sql': facts,
  'lock.sql': lock,
  'private.sql': closed,
  'registry.sql': registry,
  'role.sql': role,
  'row.sql': row,
  'rows.sql': rows,
  'server.sql': server,
};

export interface ProvisioningProps {
  readonly system: string;
  readonly namespace: string;
  /** The official PostgreSQL image on Alpine, or one with bash and its client programs. */
  readonly image: Image;
  /** Holds {@link PROVISIONING_SCRIPTS}. */
  readonly scripts: Config;
  /** Holds servers.tsv and tenants.tsv. */
  readonly tables: Config;
  /** The first one has the admin database. */
  readonly servers: readonly Server[];
  /** The credentials of the role that makes roles and databases, by server. Those of a server without one come from an operator. */
  readonly administrators: Readonly<Record<string, Secret>>;
  /** The database that holds the tenant registry. */
  readonly adminDatabase: string;
  /** What the names of tenants' roles and databases begin with. */
  readonly tenantPrefix: string;
  /** The names of the system's own roles. */
  readonly roles: {
    /** Owns the admin database. */
    readonly owner: string;
    /** Reads the registry. */
    readonly reader: string;
    /** Reads and writes all tables of the admin database. */
    readonly writer: string;
    /** May act for all others, to dump and restore. */
    readonly backup: string;
    /** Loads dumps, and may do nothing else. */
    readonly restore: string;
  };
  /** Their passwords, a key each. */
  readonly rolePasswords: Secret;
  /** The passwords of the tenants' roles, a key for each slug. */
  readonly tenantPasswords: Secret;
  /** What the tenants' connection strings begin with, such as `postgresql`. */
  readonly connectionScheme: string;
  /** Where they lead. */
  readonly pooler: Addressed;
  /** How many tenants are brought in line at once. */
  readonly parallel: number;
  readonly resources: Resources;
}

const USER = 70; // of the image on Alpine

/** The administrator of a server, and nothing else that its Secret may hold. */
function administratorMounts(administrators: ProvisioningProps['administrators']): Mount[] {
  return Object.entries(administrators).map(([name, from]) => ({
    path: `/etc/berth/administrators/${name}`,
    from,
    keys: ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
  }));
}

function rolesMount({
  rolePasswords,
  roles,
}: Pick<ProvisioningProps, 'rolePasswords'> & { readonly roles: object }): Mount {
  const stamp = rolePasswords.stamp === undefined ? [] : [STAMP];
  return { path: '/etc/berth/roles', from: rolePasswords, keys: [...Object.values(roles), ...stamp] };
}

type Common = Pick<
  ProvisioningProps,
  'system' | 'namespace' | 'image' | 'scripts' | 'tables' | 'servers' | 'administrators' | 'resources' | 'parallel'
> & {
  readonly env: NonNullable<ContainerProps['env']>;
  readonly mounts: readonly Mount[];
};

/** What the task holds at a server: a tenant each, and at the first server one more, which holds the lock. */
function connectionsOf(parallel: number, server: number): Pool {
  const tenants = `${parallel} at once`;
  return server === 0
    ? { perPod: parallel + 1, why: `${tenants} + 1 that holds the lock` }
    : { perPod: parallel, why: tenants };
}

function provisioningTask({ env, mounts, parallel, ...props }: Common): Task {
  const { servers, administrators } = props;
  const made = servers.every(({ name }) => name in administrators);
  return task({
    system: props.system,
    namespace: props.namespace,
    name: 'provisioning',
    containers: [
      {
        name: 'provisioning',
        image: props.image,
        command: ['/bin/bash', '/etc/berth/scripts/provision.sh'],
        env: { ...env, ROLES_MADE_BY: made ? 'job' : 'operator' },
        mounts: [
          { path: '/etc/berth/scripts', from: props.scripts },
          { path: '/etc/berth/data', from: props.tables },
          ...mounts,
          ...administratorMounts(administrators),
          ...caMounts(servers),
        ],
        resources: props.resources,
      },
    ],
    deadline: Duration.hours(1),
    user: USER,
    connectsTo: servers.map((server, index) => pooled(server, connectionsOf(parallel, index))),
    stage: 'provisioning',
  });
}

/**
 * Makes the roles and databases of the tenants and the registry that leads to them, each time that the list of tenants or a revision
 * changes. Its log has a line for each tenant; it fails when one of them did, and the others are ready all the same.
 */
export function provisioning(props: ProvisioningProps): Task {
  const { roles, pooler } = props;
  return provisioningTask({
    ...props,
    env: {
      ADMIN_DATABASE: props.adminDatabase,
      TENANT_PREFIX: props.tenantPrefix,
      OWNER_ROLE: roles.owner,
      READER_ROLE: roles.reader,
      WRITER_ROLE: roles.writer,
      BACKUP_ROLE: roles.backup,
      RESTORE_ROLE: roles.restore,
      CONNECTION_SCHEME: props.connectionScheme,
      POOLER_HOST: hostOf(pooler),
      POOLER_PORT: portOf(pooler),
      PARALLEL: String(props.parallel),
      ROLES_REVISION: props.rolePasswords.stamp ?? '',
      TENANTS_REVISION: props.tenantPasswords.stamp ?? '',
    },
    mounts: [rolesMount(props), { path: '/etc/berth/tenants', from: props.tenantPasswords }],
  });
}

/** What {@link provisionDatabase} makes. */
export interface ProvisionDatabaseProps
  extends Pick<
    ProvisioningProps,
    | 'system'
    | 'namespace'
    | 'image'
    | 'scripts'
    | 'tables'
    | 'servers'
    | 'administrators'
    | 'rolePasswords'
    | 'resources'
  > {
  readonly database: string;
  readonly roles: Pick<ProvisioningProps['roles'], 'owner' | 'backup' | 'restore'>;
  /** Holds init.sql, which the owner runs in the database each time: it has to be right the second time, too. */
  readonly init: Config;
}

/** Makes one database for an application without tenants, its owner, and the role that dumps it. */
export function provisionDatabase(props: ProvisionDatabaseProps): Task {
  const { roles } = props;
  return provisioningTask({
    ...props,
    parallel: 1,
    env: {
      ADMIN_DATABASE: props.database,
      OWNER_ROLE: roles.owner,
      READER_ROLE: '',
      WRITER_ROLE: '',
      BACKUP_ROLE: roles.backup,
      RESTORE_ROLE: roles.restore,
      ROLES_REVISION: props.rolePasswords.stamp ?? '',
      TENANTS_REVISION: '',
    },
    mounts: [rolesMount(props), { path: '/etc/berth/init', from: props.init }],
  });
}
