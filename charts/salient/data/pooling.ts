import type { Pool } from '../../../lib/model/connection';
import type { Server } from '../../../lib/model/database';
import type { PooledDatabase } from '../../../lib/parts/pgbouncer/pgbouncer';
import { type Pooler, pooler } from '../../../lib/parts/pgbouncer/pooler';
import type { Data } from '../data';
import type { SalientConfig } from '../settings';
import { databaseOf, ROLES, TENANT_PREFIX } from './names';

/** What the pooler is made of. */
type PoolingProps = Pick<Data, 'system' | 'namespace' | 'source' | 'servers' | 'rolePasswords' | 'tenantPasswords'> & {
  readonly settings: Pick<SalientConfig, 'pgbouncer' | 'tenants' | 'tenantPool' | 'database' | 'monitoring'>;
};

/** The databases that PgBouncer's configuration names: all others are on the main server, with a pool of the default size. */
function pooledDatabases({ settings, servers }: PoolingProps): PooledDatabase[] {
  const [main] = servers as [Server];
  const tenants = settings.tenants
    .filter(({ server, pool, state }) => state !== 'removed' && (server !== main.name || pool !== undefined))
    .map(({ slug, server, pool }) => ({
      name: databaseOf(slug),
      server: servers.find(({ name }) => name === server) ?? main,
      poolSize: pool,
    }));
  return [{ name: settings.database.name, server: main, poolSize: settings.pgbouncer.adminPoolSize }, ...tenants];
}

/** The connections that PgBouncer opens at a server: a pool for each active tenant, and on the main server one for each role that uses the admin database. */
function poolsAt(server: string, { pgbouncer, tenants, tenantPool }: PoolingProps['settings']): Pool {
  const { poolSize, adminPoolSize } = pgbouncer;
  const own = tenants.filter((tenant) => tenant.server === server && tenant.state === 'active');
  const sizes = own.map(({ pool = poolSize }) => pool);
  const behind = { sizes, atOnce: tenantPool.active };
  if (server !== 'main') return { perPod: 0, why: '', behind };
  return { perPod: 2 * adminPoolSize, why: `2 roles × ${adminPoolSize} for the admin database`, behind };
}

/**
 * PgBouncer, through which the applications reach the databases of all tenants.
 * Source: the seed, "PgBouncer in Kubernetes".
 */
export function poolerOf(props: PoolingProps): Pooler {
  const { system, namespace, source, settings, servers, rolePasswords, tenantPasswords } = props;
  return pooler({
    system,
    namespace,
    source,
    from: 'pgbouncer',
    config: settings.pgbouncer,
    servers: servers as [Server, ...Server[]],
    databases: pooledDatabases(props),
    rolePasswords,
    roles: [ROLES.reader, ROLES.writer],
    tenants: { prefix: TENANT_PREFIX, tenantPasswords },
    pools: (server) => poolsAt(server, settings),
    monitored: settings.monitoring.enabled,
  });
}
