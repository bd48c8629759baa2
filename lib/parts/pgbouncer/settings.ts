import { z } from 'zod';
import { count, cpu, imageWithDefault, memory, seconds } from '../../config/fields';

/** PgBouncer, through which the applications reach their databases. */
export function pooler(development: boolean) {
  return z
    .strictObject({
      ...imageWithDefault(development, { image: 'docker.io/edoburu/pgbouncer', tag: 'v1.24.1-p1' }),
      replicas: count(1, 20).default(2),
      poolSize: count(1, 1000).default(5).describe("Connections of each replica to one tenant's database"),
      adminPoolSize: count(1, 1000)
        .default(5)
        .describe('Connections of each replica to the admin database, for each role'),
      maxClients: count(10, 100_000).default(5000).describe('Connections of clients that each replica takes'),
      cpu: cpu.prefault('100m..500m'),
      memory: memory.prefault('64Mi..128Mi'),
      longestTransaction: seconds
        .prefault('60s')
        .describe('How long a transaction may last when PgBouncer is replaced'),
      exporter: z
        .strictObject(
          imageWithDefault(development, { image: 'docker.io/prometheuscommunity/pgbouncer-exporter', tag: 'v0.11.0' }),
        )
        .prefault({})
        .describe('The Prometheus exporter beside each replica, where monitoring is enabled'),
    })
    .describe('PgBouncer: one pool for each tenant, shared by all pods');
}
