import type { Environment } from '../../lib/config/environment';
import type { Config } from '../../lib/model/config';
import type { Server } from '../../lib/model/database';
import type { Secret } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';
import type { Task } from '../../lib/model/task';
import { backups } from '../../lib/parts/backup/backups';
import { snapshotHost } from '../../lib/parts/data-store';
import { migrations } from '../../lib/parts/migrations/migrations';
import { CONSOLE_USER, type Pooler, poolerUsers } from '../../lib/parts/pgbouncer/pooler';
import { administratorsOf } from '../../lib/parts/postgres/server-files';
import { type DataServer, drillServer } from '../../lib/parts/postgres/servers';
import { provisioning } from '../../lib/parts/provisioning/provisioning';
import { rolePasswordsSecret } from '../../lib/parts/secrets';
import { MEANINGS, namespacesOf, SYSTEM, sourceOf } from './configuration';
import { ROLES, schemeOf, TENANT_PREFIX } from './data/names';
import { dataServers } from './data/servers';
import { dataTables, tenantPassword, tenantPasswordsSecret } from './data/tenants';
import type { SalientConfig } from './settings';

/** How many tenants' roles and databases are created at the same time. */
const PROVISIONED_AT_ONCE = 4;

/** What alembic prints when a later release has already migrated a database. */
const LATER = "Can't locate revision identified by";

/** The database servers in the admin namespace, and what everything that connects to them shares. */
export interface Data {
  readonly system: string;
  readonly environment: Environment;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly settings: SalientConfig;
  /** Each server, with its component or CloudNativePG cluster where it runs in the cluster. */
  readonly dataServers: readonly DataServer[];
  /** The server that restore drills have for themselves. @default - they restore on the servers that serve */
  readonly drill: DataServer | undefined;
  /** The same servers as their clients see them; the first holds the admin database. */
  readonly servers: readonly Server[];
  /** The ConfigMap with servers and tenants as tables, for the Jobs. */
  readonly tables: Config;
  /** The passwords of the system's own roles. */
  readonly rolePasswords: Secret;
  /** The passwords of the tenants' roles. */
  readonly tenantPasswords: Secret;
}

/** The PostgreSQL servers of an environment. Source: the seed, "Multi-Tenant Database Integration". */
export function dataOf(environment: Environment, settings: SalientConfig): Data {
  const namespace = namespacesOf(environment).data;
  const source = sourceOf(environment, settings);
  const props = { system: SYSTEM, environment, namespace, source, settings };
  const { tenants } = settings;
  const shards = settings.secrets.kind === 'external' ? settings.secrets.tenantShards : 1;
  const all = dataServers({ ...props, tenantPassword: (tenant) => tenantPassword(tenant, shards) });
  const servers = all.map(({ server }) => server);
  const drill = drillServer(settings.backups?.drill.server, props);
  const roles = [...Object.values(ROLES), ...poolerUsers(settings.monitoring.enabled)];
  return {
    ...props,
    dataServers: all,
    drill,
    servers,
    tables: dataTables(namespace, servers, tenants),
    rolePasswords: rolePasswordsSecret(namespace, source, roles),
    tenantPasswords: tenantPasswordsSecret(namespace, source, tenants, shards),
  };
}

/** The Jobs that create, migrate and back up the databases. */
export function dataTasks(data: Data, pooler: Pooler): Task[] {
  const { system, environment, namespace, source, settings, servers, tables, rolePasswords, tenantPasswords } = data;
  const administrators = administratorsOf(data.dataServers);
  const scheme = schemeOf(settings.database.driver);
  const image = settings.postgresClient;
  const tenants = { prefix: TENANT_PREFIX, tenantPasswords };
  const common = { system, namespace, servers, tables, adminDatabase: settings.database.name, tenants };
  const provisioned = provisioning({
    ...common,
    image,
    administrators,
    drillServer: data.drill,
    roles: ROLES,
    rolePasswords,
    tenants: {
      ...tenants,
      reader: ROLES.reader,
      writer: ROLES.writer,
      scheme,
      pooler: pooler.component,
      parallel: PROVISIONED_AT_ONCE,
    },
  });
  const { command, adminCommand, variable, parallel } = settings.migrations;
  const migrated = migrations({
    ...common,
    backend: settings.backend,
    client: image,
    owner: ROLES.owner,
    rolePasswords,
    pooler: { ...pooler, user: CONSOLE_USER },
    scheme,
    command,
    adminCommand,
    variable,
    parallel,
    later: LATER,
    env: { ENVIRONMENT: environment.tier },
    meanings: MEANINGS,
    resources: settings.migrations,
  });
  const backedUp = backups({
    ...common,
    source,
    config: settings.backups,
    drillServer: data.drill,
    ...(settings.tenants.some(({ state }) => state === 'removed') && { removal: { administrators } }),
    image,
    role: ROLES.backup,
    restoreRole: ROLES.restore,
    rolePasswords,
    host: snapshotHost(data),
  });
  return [provisioned, migrated, ...backedUp, ...data.dataServers.flatMap(({ drill }) => drill ?? [])];
}
