import type { Component } from '../../../lib/model/component';
import { type Limited, type Pool, to } from '../../../lib/model/connection';
import type { Server } from '../../../lib/model/database';
import { Secret } from '../../../lib/model/secret';
import { Duration } from '../../../lib/model/units';
import { type PooledDatabase, pgbouncer, pgbouncerConfig } from '../../../lib/parts/pgbouncer/pgbouncer';
import { rolePassword } from '../../../lib/parts/secrets';
import type { Data } from '../data';
import type { SalientConfig } from '../settings';
import { CONSOLE_USER, databaseOf, ROLES, STATS_USER, TENANT_PREFIX } from './names';

/** What the pooler is made of. */
type PoolingProps = Pick<Data, 'system' | 'namespace' | 'source' | 'servers' | 'rolePasswords' | 'tenantPasswords'> & {
  readonly settings: Pick<SalientConfig, 'pgbouncer' | 'tenants' | 'tenantPool' | 'database' | 'monitoring'>;
};

/** PgBouncer, and how its clients connect to it: each replica has a limit, and is alone while another one restarts. */
export interface Pooler extends Limited {
  readonly component: Component;
}

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
  const { poolSize, maxClients, replicas, longestTransaction } = settings.pgbouncer;
  const exporter = settings.monitoring.enabled ? settings.pgbouncer.exporter : undefined;
  const config = pgbouncerConfig({
    namespace,
    servers: servers as [Server, ...Server[]],
    databases: pooledDatabases(props),
    poolSize,
    maxClients,
    statsUser: exporter && STATS_USER,
    consoleUser: CONSOLE_USER,
  });
  const stats = new Secret({
    namespace,
    name: 'pgbouncer-exporter',
    externalName: 'pgbouncer-exporter-external-secret',
    source,
    values: {
      PASSWORD: rolePassword(STATS_USER),
      URL: {
        template: [
          `postgres://${STATS_USER}:`,
          { urlEncoded: 'PASSWORD' },
          '@127.0.0.1:5432/pgbouncer?sslmode=disable',
        ],
      },
    },
  });
  const component = pgbouncer({
    system,
    namespace,
    image: settings.pgbouncer,
    config,
    servers,
    replicas,
    resources: settings.pgbouncer,
    rolePasswords,
    roles: [ROLES.reader, ROLES.writer, CONSOLE_USER, ...(exporter ? [STATS_USER] : [])],
    tenants: { prefix: TENANT_PREFIX, tenantPasswords },
    longestTransaction: Duration.seconds(longestTransaction),
    pools: (server) => poolsAt(server, settings),
    exporter: exporter && { image: exporter, url: { secret: stats, key: 'URL' } },
  });
  const limit = {
    name: 'each replica of PgBouncer',
    maxConnections: maxClients,
    reserved: 0,
    from: 'pgbouncer.maxClients',
  };
  return { component, connection: { ...to(component), limit } };
}
