import { z } from 'zod';
import { imageOf } from '../../base/versions';
import { count, cpu, imageWithDefault, memory, seconds } from '../../config/fields';

/** The fields of PgBouncer in an environment file, where `sizes` are those of its pools. */
function pooler<Sizes extends z.ZodRawShape>(development: boolean, sizes: Sizes) {
  return z.strictObject({
    ...imageWithDefault(development, imageOf('PgBouncer')),
    replicas: count(1, 20).default(2).describe('Its pods'),
    ...sizes,
    maxClients: count(10, 100_000).default(5000).describe('The client connections that each replica accepts'),
    cpu: cpu.prefault('100m..500m'),
    memory: memory.prefault('64Mi..128Mi'),
    longestTransaction: seconds
      .prefault('60s')
      .describe('How long a transaction may continue when a replica terminates'),
    exporter: z
      .strictObject(imageWithDefault(development, imageOf('PgBouncer exporter')))
      .prefault({})
      .describe('The Prometheus exporter of each replica, if monitoring is enabled'),
  });
}

function poolSize(of: string) {
  return count(1, 1000).default(5).describe(`The connections of each replica to ${of}`);
}

/** The settings of PgBouncer in front of the databases of tenants. */
export function tenantPooler(development: boolean) {
  const adminPoolSize = count(1, 1000)
    .default(5)
    .describe('The connections of each replica to the admin database, per role');
  return pooler(development, { poolSize: poolSize("one tenant's database"), adminPoolSize }).describe(
    'PgBouncer, the connection pooler: one pool per tenant, shared by all pods',
  );
}

/** The settings of PgBouncer in front of the databases of one application. */
export function databasePooler(development: boolean) {
  return pooler(development, { poolSize: poolSize('one database') }).describe(
    'PgBouncer, the connection pooler: one pool per database, shared by all pods. A server connection is theirs for one transaction',
  );
}

/** The settings of {@link databasePooler} with defaults filled in. Those of tenants have more. */
export type PoolerConfig = z.output<ReturnType<typeof databasePooler>>;
