import type { Image } from '../../base/image';
import { type Addressed, hostOf, portOf } from '../../model/address';
import { Config } from '../../model/config';
import { type Pool, pooled } from '../../model/connection';
import type { ContainerProps, Mount, Resources } from '../../model/container';
import type { Server } from '../../model/database';
import { REVISION_KEY, type Secret } from '../../model/secret';
import { type Task, task } from '../../model/task';
import { Duration } from '../../model/units';
import { caMounts } from '../postgres/server-files';
import { shellFiles } from '../shell/shell';
import type { Tenants } from '../tenants';
import attempts from './attempts.sh';
import close from './close.sql';
import database from './database.sql';
import deactivate from './deactivate.sql';
import facts from './facts.sql';
import lock from './lock.sql';
import passwords from './passwords.sh';
import prepare from './prepare.sh';
import closed from './private.sql';
import provision from './provision.sh';
import registryScript from './registry.sh';
import registry from './registry.sql';
import role from './role.sql';
import roles from './roles.sh';
import row from './row.sql';
import rows from './rows.sql';
import server from './server.sql';
import tenant from './tenant.sh';

/** What runs in {@link provisioning}. */
export function provisioningScripts(namespace: string): Config {
  return new Config(namespace, 'provisioning-scripts', {
    ...shellFiles('administrators.sh', 'log.sh', 'servers.sh', 'tenants.sh', 'url.sh'),
    'provision.sh': provision,
    'attempts.sh': attempts,
    'passwords.sh': passwords,
    'prepare.sh': prepare,
    'registry.sh': registryScript,
    'roles.sh': roles,
    'tenant.sh': tenant,
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
  });
}

/** Tenants as provisioning makes them: with a registry in the admin database, which leads to them. */
export interface ProvisionedTenants extends Tenants {
  /** The role that reads the registry. */
  readonly reader: string;
  /** The role that reads and writes all tables of the admin database. */
  readonly writer: string;
  /** What their connection strings begin with, such as `postgresql`. */
  readonly scheme: string;
  /** Where these lead. */
  readonly pooler: Addressed;
  /** How many tenants are brought in line at once. */
  readonly parallel: number;
}

export interface ProvisioningProps {
  readonly system: string;
  readonly namespace: string;
  /** The official PostgreSQL image on Alpine, or one with bash and its client programs. */
  readonly image: Image;
  /** Holds servers.tsv and, where there are tenants, tenants.tsv. */
  readonly tables: Config;
  /** The first one has the admin database. */
  readonly servers: readonly Server[];
  /** The credentials of the role that makes roles and databases, by server. Those of a server without one come from an operator. */
  readonly administrators: Readonly<Record<string, Secret>>;
  /** The system's own database. */
  readonly adminDatabase: string;
  /** The names of the system's own roles. */
  readonly roles: {
    /** Owns the admin database. */
    readonly owner: string;
    /** May act for all others, to dump and restore. */
    readonly backup: string;
    /** Loads dumps, and may do nothing else. */
    readonly restore: string;
  };
  /** Their passwords, a key each, and those of the roles that tenants bring. */
  readonly rolePasswords: Secret;
  /** Holds init.sql, which the owner runs in the admin database each time: it has to be right the second time, too. @default - nothing is run */
  readonly init?: Config | undefined;
  /** @default - there are none, and no registry */
  readonly tenants?: ProvisionedTenants;
  /** @default 50m..500m, 64Mi..256Mi */
  readonly resources?: Resources;
}

const USER = 70; // of the image on Alpine

const RESOURCES: Resources = { cpu: { request: '50m', limit: '500m' }, memory: { request: '64Mi', limit: '256Mi' } };

/** What the task holds at a server: a tenant each, and at the first server one more, which holds the lock. */
function connectionsOf(parallel: number, server: number): Pool {
  const why = `${parallel} at once`;
  return server === 0 ? { perPod: parallel + 1, why: `${why} + 1 that holds the lock` } : { perPod: parallel, why };
}

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
    ...(tenants && { TENANTS_REVISION: tenants.passwords.revisionText ?? '' }),
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
      keys: [roles.owner, ...readers, roles.backup, roles.restore, ...revision],
    },
    ...(tenants === undefined ? [] : [{ path: '/etc/berth/tenants', from: tenants.passwords }]),
    ...(init === undefined ? [] : [{ path: '/etc/berth/init', from: init }]),
    // The administrator of a server, and nothing else that its Secret may hold.
    ...Object.entries(administrators).map(([name, from]) => ({
      path: `/etc/berth/administrators/${name}`,
      from,
      keys: ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
    })),
    ...caMounts(props.servers),
  ];
}

/**
 * Makes the system's own database and roles, the tenants' and the registry that leads to them, each time that the list of tenants, a
 * revision or the script changes. Its log has a line for each tenant; it fails when one of them did, and the others are ready all the same.
 */
export function provisioning(props: ProvisioningProps): Task {
  const { servers, tenants } = props;
  return task({
    system: props.system,
    namespace: props.namespace,
    name: 'provisioning',
    about: 'makes roles and databases',
    containers: [
      {
        name: 'provisioning',
        image: props.image,
        command: ['/bin/bash', '/etc/berth/scripts/provision.sh'],
        env: envOf(props),
        mounts: mountsOf(props),
        resources: props.resources ?? RESOURCES,
      },
    ],
    deadline: Duration.hours(1),
    user: USER,
    connectsTo: servers.map((server, index) => pooled(server, connectionsOf(tenants?.parallel ?? 1, index))),
    stage: 'provisioning',
  });
}
