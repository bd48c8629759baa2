import type { Environment } from '../../../lib/config/environment';
import type { Component } from '../../../lib/model/component';
import { Config } from '../../../lib/model/config';
import { type Limited, to } from '../../../lib/model/connection';
import { Secret } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import type { System } from '../../../lib/model/system';
import { backups } from '../../../lib/parts/backup/backups';
import { migrationScripts, migrations } from '../../../lib/parts/migrations/migrations';
import { PROVISIONING_SCRIPTS, provisioning } from '../../../lib/parts/provisioning/provisioning';
import { rolePassword } from '../../../lib/parts/secrets';
import type { SalientConfig } from '../settings';
import { ROLES, STATS_USER, schemeOf, TENANT_PREFIX } from './names';
import { pooling } from './pooling';
import { dataServers } from './servers';
import { dataTables, tenantPassword, tenantPasswords } from './tenants';

/** How many tenants' roles and databases are made at the same time. */
const PROVISIONED_AT_ONCE = 4;

export interface DataTierProps {
  readonly system: string;
  readonly environment: Environment;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly settings: SalientConfig;
}

/** Databases and all that stands around them, in the admin namespace. */
export interface DataTier extends Pick<System, 'components' | 'tasks' | 'clusters'> {
  /** Through which the applications reach their databases. */
  readonly pooler: Component;
  /** Each replica of it, which is alone while another one ends. */
  readonly pools: Limited;
  /** What rolls the pods that keep tenants' connection strings: revisions of their passwords. */
  readonly rollsWith: readonly string[];
}

/** The data tier of Salient. Source: the seed, "Multi-Tenant Database Integration" and "PgBouncer in Kubernetes". */
export function dataTier(props: DataTierProps): DataTier {
  const { system, environment, namespace, source, settings } = props;
  const { tenants } = settings;
  const shards = settings.secrets.kind === 'external' ? settings.secrets.tenantShards : 1;
  const made = dataServers({
    ...props,
    rolePassword,
    tenantPassword: (tenant) => tenantPassword(tenant, shards),
  });
  const servers = made.map(({ server }) => server);
  const clusters = made.flatMap(({ cluster }) => cluster ?? []);
  const tables = dataTables(namespace, servers, tenants);
  const passwords = tenantPasswords(namespace, source, tenants, shards);
  const known = [...Object.values(ROLES), ...(settings.monitoring.enabled ? [STATS_USER] : [])];
  const roles = new Secret({
    namespace,
    name: 'database-roles',
    externalName: 'database-roles-external-secret',
    source,
    values: Object.fromEntries(known.map((role) => [role, rolePassword(role)])),
    stamped: true,
  });
  const pooler = pooling({ ...props, servers, roles, passwords });
  const administrators = Object.fromEntries(
    made.flatMap(({ server, administrator }) => (administrator === undefined ? [] : [[server.name, administrator]])),
  );
  const scripts = new Config(namespace, 'provisioning-scripts', PROVISIONING_SCRIPTS);
  const migrating = migrationScripts(namespace);
  const scheme = schemeOf(settings.database.driver);
  const image = settings.postgresClient;
  const adminDatabase = settings.database.name;
  const common = { system, namespace, servers, tables, adminDatabase, tenantPrefix: TENANT_PREFIX };
  const provisioned = provisioning({
    ...common,
    image,
    scripts,
    administrators,
    roles: ROLES,
    rolePasswords: roles,
    tenantPasswords: passwords,
    connectionScheme: scheme,
    pooler,
    parallel: PROVISIONED_AT_ONCE,
    resources: { cpu: { request: '50m', limit: '500m' }, memory: { request: '64Mi', limit: '256Mi' } },
  });
  const { command, adminCommand, variable, parallel } = settings.migrations;
  const migrated = migrations({
    ...common,
    backend: settings.backend,
    client: image,
    scripts: migrating,
    owner: ROLES.owner,
    roles,
    tenants: passwords,
    scheme,
    command,
    adminCommand,
    variable,
    parallel,
    env: { ENVIRONMENT: environment.longName },
    resources: settings.migrations,
  });
  const backedUp = backups({
    ...common,
    source,
    config: settings.backups,
    ...(tenants.some(({ state }) => state === 'removed') && { removal: { administrators } }),
    image,
    role: ROLES.backup,
    restoreRole: ROLES.restore,
    roles,
    host: `${system}-${environment.longName}`,
  });
  return {
    pooler,
    pools: {
      connection: to(pooler),
      limit: { name: 'each replica of PgBouncer', maxConnections: settings.pgbouncer.maxClients, reserved: 0 },
    },
    components: [...made.flatMap(({ component }) => component ?? []), pooler],
    tasks: [provisioned, migrated, ...backedUp],
    clusters,
    rollsWith: passwords.revision > source.revision ? [String(passwords.revision)] : [],
  };
}
