import type { Connection, Limit, Pool } from './connection';

/** Whose pods hold connections to a server, and how many each. */
export interface DatabaseClient {
  readonly namespace: string;
  readonly name: string;
  readonly pool: Pool;
}

/** A database server, or a pooler before it, and all who connect to it. */
export interface Budget {
  readonly connection: Connection;
  readonly limit: Limit;
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
    const { limit, pool } = connection;
    if (limit === undefined) continue;
    if (pool === undefined)
      throw new Error(`${namespace}/${name} does not say how many connections it holds to ${place}`);
    const known = budgets.get(place);
    if (known !== undefined && JSON.stringify(known.limit) !== JSON.stringify(limit))
      throw new Error(`${namespace}/${name} says another limit of ${place} than others do`);
    budgets.set(place, { connection, limit, clients: [...(known?.clients ?? []), { namespace, name, pool }] });
  }
  const past = arrows.find(({ place, connection }) => connection.limit === undefined && budgets.has(place));
  if (past)
    throw new Error(`${past.namespace}/${past.name} does not say how many connections it holds to ${past.place}`);
  return [...budgets.values()];
}
