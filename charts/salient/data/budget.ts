import type { DatabaseClient, DatabaseServer } from '../../../lib/model/budget';
import type { DataServer } from '../../../lib/parts/postgres/servers';
import type { SalientConfig } from '../settings';

type Settings = Pick<SalientConfig, 'tenantPool' | 'pgbouncer' | 'tenants' | 'migrations' | 'backups'>;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** PgBouncer keeps a pool for each tenant, and for each role that uses the admin database; idle ones are given back. */
function pooled(name: string, { pgbouncer, tenantPool, tenants }: Settings): DatabaseClient {
  const { poolSize, adminPoolSize } = pgbouncer;
  const pools = tenants
    .filter(({ server, state }) => server === name && state === 'active')
    .map(({ pool = poolSize }) => pool)
    .sort((a, b) => b - a)
    .slice(0, tenantPool.activeInAll);
  const admin = name === 'main' ? 2 * adminPoolSize : 0;
  const because = [
    `the largest ${pools.length} of the tenants' pools: ${sum(pools)}`,
    ...(admin > 0 ? [`2 roles × ${adminPoolSize} for the admin database`] : []),
  ];
  return { name: 'pgbouncer', perPod: sum(pools) + admin, because: because.join(' + ') };
}

/** The Jobs connect to the servers directly. */
function tasks(name: string, { migrations, backups }: Settings): DatabaseClient[] {
  const lock = name === 'main' ? 1 : 0;
  const also = lock > 0 ? ' + 1 that holds the lock' : '';
  const jobs = [
    {
      name: 'provisioning',
      perPod: PROVISIONED_AT_ONCE + lock,
      because: `${PROVISIONED_AT_ONCE} tenants at once${also}`,
    },
    {
      name: 'migrations',
      perPod: migrations.parallel + lock,
      because: `${migrations.parallel} databases at once${also}`,
    },
  ];
  if (backups === undefined) return jobs;
  const { parallel } = backups;
  return [
    ...jobs,
    { name: 'backup', perPod: 2 * parallel + 1, because: `${parallel} dumps at once, each with its snapshot, + 1` },
    { name: 'restore-drill', perPod: 2, because: 'one restore and its check' },
    { name: 'restore', perPod: 2 * parallel + 1, because: `${parallel} restores at once, each with its check, + 1` },
    { name: 'removal', perPod: 3, because: 'a dump, its snapshot and its check' },
  ];
}

/** How many tenants' roles and databases are made at the same time. */
export const PROVISIONED_AT_ONCE = 4;

/**
 * What may connect to each server, and to PgBouncer before them. Each replica of PgBouncer has to take all clients alone: when
 * the other one is gone, they all come.
 */
export function budgets(servers: readonly DataServer[], settings: Settings): DatabaseServer[] {
  const { tenantPool, pgbouncer } = settings;
  const { active, size, overflow } = tenantPool;
  const engines = {
    perPod: (active + 1) * (size + overflow),
    because: `(${active} tenants and the registry) × (${size} + ${overflow})`,
  };
  return [
    ...servers.map(({ server: { name, host }, maxConnections, reserved }) => ({
      name: host,
      maxConnections,
      reserved,
      clients: [pooled(name, settings), ...tasks(name, settings)],
    })),
    {
      name: 'each replica of PgBouncer',
      maxConnections: pgbouncer.maxClients,
      reserved: 0,
      clients: ['chat-api', 'admin-api'].map((name) => ({ name, ...engines })),
    },
  ];
}
