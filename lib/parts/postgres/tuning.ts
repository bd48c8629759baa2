import { bytesOf } from '../../base/quantity';
import type { Parameters } from '../../model/postgres-cluster';

const MIB = 2 ** 20;

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/**
 * Memory parameters of a server: a quarter of the memory for shared buffers, a quarter for the sorts and hashes of all connections
 * together, a twentieth for maintenance; the rest is left for the file system cache.
 * Source: postgresql.org, Resource Consumption; wiki.postgresql.org, Tuning Your PostgreSQL Server.
 *
 * @param memory the memory of the server: a Kubernetes quantity
 * @param maxConnections `max_connections`
 */
export function tuning(memory: string, maxConnections: number): Parameters {
  const mib = bytesOf(memory) / MIB;
  const kib = (mib * 1024) / 4 / maxConnections;
  return {
    max_connections: String(maxConnections),
    shared_buffers: `${Math.floor(mib / 4)}MB`,
    effective_cache_size: `${Math.floor(mib * 0.6)}MB`,
    work_mem: `${Math.floor(between(256, kib, 64 * 1024))}kB`,
    maintenance_work_mem: `${Math.floor(between(16, mib / 20, 1024))}MB`,
  };
}
