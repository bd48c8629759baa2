import type { Environment } from '../../../lib/config/environment';
import type { Component } from '../../../lib/model/component';
import type { Config } from '../../../lib/model/config';
import { type Limited, to } from '../../../lib/model/connection';
import type { Secret } from '../../../lib/model/secret';
import type { SecretSource } from '../../../lib/model/secret-source';
import type { System } from '../../../lib/model/system';
import type { Task } from '../../../lib/model/task';
import { backups } from '../../../lib/parts/backup/backups';
import { snapshotHost } from '../../../lib/parts/data-store';
import { migrations } from '../../../lib/parts/migrations/migrations';
import type { DataServer } from '../../../lib/parts/postgres/servers';
import { provisioning } from '../../../lib/parts/provisioning/provisioning';
import { rolePassword, rolePasswordsSecret } from '../../../lib/parts/secrets';
import type { Tenants } from '../../../lib/parts/tenants';
import { namespacesOf, SYSTEM, sourceOf } from '../configuration';
import type { SalientConfig } from '../settings';
import { ROLES, STATS_USER, schemeOf, TENANT_PREFIX } from './names';
import { pooling } from './pooling';
import { dataServers } from './servers';
import { dataTables, tenantPassword, tenantPasswords } from './tenants';

/** How many tenants' roles and databases are made at the same time. */
const PROVISIONED_AT_ONCE = 4;

/** What alembic says when a later release has migrated a database. */
const LATER = "Can't locate revision identified by";

interface DataTierProps {
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
  readonly restartTriggers: readonly string[];
}

/** What the Jobs of the data tier share. */
interface Shared {
  readonly made: readonly DataServer[];
  readonly tables: Config;
  readonly named: Tenants;
  /** The passwords of the system's own roles. */
  readonly rolePasswords: Secret;
  readonly pooler: Component;
}

/** What makes, migrates and dumps the databases. */
function tasksOf(props: DataTierProps, { made, tables, named, rolePasswords, pooler }: Shared): Task[] {
  const { system, environment, namespace, source, settings } = props;
  const administrators = Object.fromEntries(
    made.flatMap(({ server, administrator }) => (administrator === undefined ? [] : [[server.name, administrator]])),
  );
  const servers = made.map(({ server }) => server);
  const scheme = schemeOf(settings.database.driver);
  const image = settings.postgresClient;
  const common = { system, namespace, servers, tables, adminDatabase: settings.database.name, tenants: named };
  const provisioned = provisioning({
    ...common,
    image,
    administrators,
    roles: ROLES,
    rolePasswords,
    tenants: { ...named, reader: ROLES.reader, writer: ROLES.writer, scheme, pooler, parallel: PROVISIONED_AT_ONCE },
  });
  const { command, adminCommand, variable, parallel } = settings.migrations;
  const migrated = migrations({
    ...common,
    backend: settings.backend,
    client: image,
    owner: ROLES.owner,
    rolePasswords,
    scheme,
    command,
    adminCommand,
    variable,
    parallel,
    later: LATER,
    env: { ENVIRONMENT: environment.longName },
    resources: settings.migrations,
  });
  const backedUp = backups({
    ...common,
    source,
    config: settings.backups,
    ...(settings.tenants.some(({ state }) => state === 'removed') && { removal: { administrators } }),
    image,
    role: ROLES.backup,
    restoreRole: ROLES.restore,
    rolePasswords,
    host: snapshotHost(props),
  });
  return [provisioned, migrated, ...backedUp];
}

/** The data tier of Salient. Source: the seed, "Multi-Tenant Database Integration" and "PgBouncer in Kubernetes". */
export function dataTier(environment: Environment, settings: SalientConfig): DataTier {
  const namespace = namespacesOf(environment).data;
  const source = sourceOf(environment, settings);
  const props = { system: SYSTEM, environment, namespace, source, settings };
  const { tenants } = settings;
  const shards = settings.secrets.kind === 'external' ? settings.secrets.tenantShards : 1;
  const made = dataServers({
    ...props,
    rolePassword,
    tenantPassword: (tenant) => tenantPassword(tenant, shards),
  });
  const servers = made.map(({ server }) => server);
  const tables = dataTables(namespace, servers, tenants);
  const passwords = tenantPasswords(namespace, source, tenants, shards);
  const known = [...Object.values(ROLES), ...(settings.monitoring.enabled ? [STATS_USER] : [])];
  const rolePasswords = rolePasswordsSecret(namespace, source, known);
  const pooler = pooling({ ...props, servers, rolePasswords, passwords });
  const named = { prefix: TENANT_PREFIX, tenantPasswords: passwords };
  return {
    pooler,
    pools: {
      connection: {
        ...to(pooler),
        limit: { name: 'each replica of PgBouncer', maxConnections: settings.pgbouncer.maxClients, reserved: 0 },
      },
    },
    components: [...made.flatMap(({ component }) => component ?? []), pooler],
    tasks: tasksOf(props, { made, tables, named, rolePasswords, pooler }),
    clusters: made.flatMap(({ cluster }) => cluster ?? []),
    restartTriggers: passwords.revision > source.revision ? [String(passwords.revision)] : [],
  };
}
