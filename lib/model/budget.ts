import type { Connection, Limit, Pool } from './connection';

/** A workload that connects to a database server, and the connections that each of its pods holds. */
export interface DatabaseClient {
  readonly namespace: string;
  readonly name: string;
  readonly pool: Pool;
}

/** The connection limit of a database server or of a pooler in front of one, with all of its clients. */
export interface Budget {
  readonly connection: Connection;
  readonly limit: Limit;
  readonly clients: readonly DatabaseClient[];
}

/** A workload with its outgoing connections. */
interface ConnectingWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly connectsTo: readonly Connection[];
}

/** Identifies the target of a connection: two connections to the same target have the same key. */
function targetKey(connection: Connection): string {
  if ('cidrs' in connection) return JSON.stringify([connection.to, connection.port, connection.cidrs]);
  const { namespace, name, port } = connection.to;
  return `${namespace}/${name}:${port}`;
}

/**
 * The connection budget of each server that has a limit.
 *
 * @throws when a workload connects to such a server without {@link pooled}, or when two connections state different limits of one server
 */
export function budgetsOf(workloads: readonly ConnectingWorkload[]): Budget[] {
  const connections = workloads.flatMap(({ namespace, name, connectsTo }) =>
    connectsTo.map((connection) => ({ target: targetKey(connection), connection, namespace, name })),
  );
  const budgets = new Map<string, Budget>();
  for (const { target, connection, namespace, name } of connections) {
    const { limit, pool } = connection;
    if (limit === undefined) continue;
    if (pool === undefined)
      throw new Error(`${namespace}/${name} does not say how many connections it holds to ${target}`);
    const known = budgets.get(target);
    if (known !== undefined && JSON.stringify(known.limit) !== JSON.stringify(limit))
      throw new Error(`${namespace}/${name} states another connection limit of ${target} than other workloads do`);
    budgets.set(target, { connection, limit, clients: [...(known?.clients ?? []), { namespace, name, pool }] });
  }
  const uncounted = connections.find(({ target, connection }) => connection.limit === undefined && budgets.has(target));
  if (uncounted) {
    const { namespace, name, target } = uncounted;
    throw new Error(`${namespace}/${name} does not say how many connections it holds to ${target}`);
  }
  return [...budgets.values()];
}
