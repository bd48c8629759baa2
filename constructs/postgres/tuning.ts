/** A server's parameters by their names in postgresql.conf. */
export type Parameters = Readonly<Record<string, string>>;

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const MIB = 2 ** 20;

/** A Kubernetes quantity of memory, in bytes. */
function bytesOf(quantity: string): number {
  const [, amount = '0', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(amount) * (UNITS[unit] ?? Number.NaN);
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/**
 * What a server takes of the memory that it may use: a quarter for shared buffers, a quarter for sorts and hashes of all its
 * connections together, a twentieth for maintenance; what is left is the file cache's.
 * Source: postgresql.org, Resource Consumption; wiki.postgresql.org, Tuning Your PostgreSQL Server.
 *
 * @param memory its limit, a Kubernetes quantity
 * @param maxConnections how many clients it takes
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
