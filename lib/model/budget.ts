import type { Connection, Limited, Pool } from './connection';

/** Whose pods hold connections to a server, and how many each. */
export interface DatabaseClient {
  readonly namespace: string;
  readonly name: string;
  readonly pool: Pool;
}

/** A database server, or a pooler before it, and all who connect to it. */
export interface Budget extends Limited {
  readonly clients: readonly DatabaseClient[];
}

/** Pods, and whom they connect to. */
interface ConnectingWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly connectsTo: readonly Connection[];
}

/** Where a connection leads: two that lead to the same place have the same text. */
function placeOf(connection: Connection): string {
  if ('cidrs' in connection) return JSON.stringify([connection.to, connection.port, connection.cidrs]);
  const { namespace, name, port } = connection.to;
  return `${namespace}/${name}:${port}`;
}

/**
 * The connections that each server has to take, from the arrows of the finished system.
 *
 * @throws when a connection to a server is not counted, or two say different limits of it
 */
export function budgetsOf(parties: readonly ConnectingWorkload[]): Budget[] {
  const arrows = parties.flatMap(({ namespace, name, connectsTo }) =>
    connectsTo.map((connection) => ({ place: placeOf(connection), connection, namespace, name })),
  );
  const budgets = new Map<string, Budget>();
  for (const { place, connection, namespace, name } of arrows) {
    if (connection.pool === undefined) continue;
    const { limit, ...pool } = connection.pool;
    const known = budgets.get(place);
    if (known !== undefined && JSON.stringify(known.limit) !== JSON.stringify(limit))
      throw new Error(`${namespace}/${name} says another limit of ${place} than others do`);
    const clients = [...(known?.clients ?? []), { namespace, name, pool }];
    budgets.set(place, { connection, limit, clients });
  }
  for (const { place, connection, namespace, name } of arrows) {
    if (connection.pool === undefined && budgets.has(place))
      throw new Error(`${namespace}/${name} does not say how many connections it holds to ${place}`);
  }
  return [...budgets.values()];
}
