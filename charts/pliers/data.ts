import { textOf } from '../../lib/model/address';
import { Config } from '../../lib/model/config';
import { pooled } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import type { System } from '../../lib/model/system';
import { backups } from '../../lib/parts/backup/backups';
import { migrationScripts, migrations } from '../../lib/parts/migrations/migrations';
import { serverTable } from '../../lib/parts/postgres/server-files';
import { externalServer, statefulsetServer } from '../../lib/parts/postgres/servers';
import { PROVISIONING_SCRIPTS, provisionDatabase } from '../../lib/parts/provisioning/provisioning';
import { rolePassword } from '../../lib/parts/secrets';
import { cache } from './cache';
import init from './init.sql';
import type { DataProps, Store } from './store';

/** Roles beside the owner of the database. */
const BACKUP = 'pliers_backup';
const RESTORE = 'pliers_restore';

/** What Pliers keeps: PostgreSQL and Redis, and all that stands around them, in the data namespace. */
export interface Data extends Pick<System, 'components' | 'tasks'> {
  readonly database: Store & { readonly ca: Config | undefined };
  readonly cache: Store;
}

/** The data tier of Pliers. Source: the seed, Docker Compose, "Database Migration" and "Backup and Recovery". */
export function data(props: DataProps): Data {
  const { system, environment, namespace, source, settings } = props;
  const { database, postgresClient: image } = settings;
  // The seed's: it says so, and when it asks.
  const seeds = { ...props, initdbArgs: '--encoding=UTF8', readiness: { period: 10, timeout: 5, failures: 5 } };
  const made =
    database.kind === 'external' ? externalServer('main', database, seeds) : statefulsetServer('main', database, seeds);
  const servers = [made.server];
  const tables = new Config(namespace, 'servers', { 'servers.tsv': serverTable(servers), 'tenants.tsv': '' });
  const roles = new Secret({
    namespace,
    name: 'database-roles',
    externalName: 'database-roles-external-secret',
    source,
    values: Object.fromEntries([database.user, BACKUP, RESTORE].map((role) => [role, rolePassword(role)])),
    stamped: true,
  });
  const scripts = new Config(namespace, 'provisioning-scripts', PROVISIONING_SCRIPTS);
  const initial = new Config(namespace, 'database-init', { 'init.sql': init });
  const migrating = migrationScripts(namespace);
  const administrators = made.administrator === undefined ? {} : { main: made.administrator };
  const common = { system, namespace, servers, tables };
  const provisioned = provisionDatabase({
    ...common,
    image,
    scripts,
    administrators,
    database: database.name,
    roles: { owner: database.user, backup: BACKUP, restore: RESTORE },
    rolePasswords: roles,
    init: initial,
    resources: { cpu: { request: '50m', limit: '500m' }, memory: { request: '64Mi', limit: '256Mi' } },
  });
  const migrated = migrations({
    ...common,
    backend: settings.services.api,
    client: image,
    scripts: migrating,
    adminDatabase: database.name,
    owner: database.user,
    roles,
    tenantPrefix: 'tenant_',
    scheme: 'postgresql',
    command: settings.migrations.command,
    later: '',
    env: { NODE_ENV: environment.longName },
    resources: settings.migrations,
    user: 1001,
  });
  const backedUp = backups({
    ...common,
    source,
    config: settings.backups,
    image,
    role: BACKUP,
    restoreRole: RESTORE,
    roles,
    adminDatabase: database.name,
    tenantPrefix: 'tenant_',
    host: `${system}-${environment.longName}`,
  });
  const cached = cache(props);
  const { host, port, tls, ca } = made.server;
  const query = tls === 'disable' ? '' : `?sslmode=${tls}`;
  return {
    components: [...(made.component ? [made.component] : []), ...cached.components],
    tasks: [provisioned, migrated, ...backedUp, ...cached.tasks],
    database: {
      connection: pooled(made.server, { perPod: database.poolSize, why: 'its pool' }),
      password: rolePassword(database.user),
      url: (key) => ({
        template: [
          `postgresql://${database.user}:`,
          { urlEncoded: key },
          textOf('@', host, ':', port, `/${database.name}${query}`),
        ],
      }),
      ca: ca instanceof Config ? ca : undefined,
    },
    cache: cached.store,
  };
}
