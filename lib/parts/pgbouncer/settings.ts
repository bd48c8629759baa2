import { z } from 'zod';
import { count, cpu, imageWithDefault, memory, seconds } from '../../config/fields';

/** The settings of PgBouncer in an environment file. */
export function pooler(development: boolean) {
  return z
    .strictObject({
      ...imageWithDefault(development, { image: 'docker.io/edoburu/pgbouncer', tag: 'v1.24.1-p1' }),
      replicas: count(1, 20).default(2),
      poolSize: count(1, 1000).default(5).describe("The connections of each replica to one tenant's database"),
      adminPoolSize: count(1, 1000)
        .default(5)
        .describe('The connections of each replica to the admin database, per role'),
      maxClients: count(10, 100_000).default(5000).describe('The client connections that each replica accepts'),
      cpu: cpu.prefault('100m..500m'),
      memory: memory.prefault('64Mi..128Mi'),
      longestTransaction: seconds
        .prefault('60s')
        .describe('How long a transaction may continue when a replica terminates'),
      exporter: z
        .strictObject(
          imageWithDefault(development, { image: 'docker.io/prometheuscommunity/pgbouncer-exporter', tag: 'v0.11.0' }),
        )
        .prefault({})
        .describe('The Prometheus exporter of each replica, if monitoring is enabled'),
    })
    .describe('PgBouncer, the connection pooler: one pool per tenant, shared by all pods');
}
