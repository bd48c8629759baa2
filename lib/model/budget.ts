import type { Connection, Pool } from './connection';

/** A database server, or a pooler before it, and how many connections it takes. */
export interface DatabaseServer {
  /** For people. */
  readonly name: string;
  /** How its clients get there. */
  readonly connection: Connection;
  /** `max_connections`. */
  readonly maxConnections: number;
  /** Of these, kept for others than the clients. */
  readonly reserved: number;
}

/** Whose pods hold connections to a server, and how many each. */
export interface DatabaseClient {
  readonly namespace: string;
  readonly name: string;
  readonly pool: Pool;
}

/** A server and all who connect to it. */
export interface Budget {
  readonly server: DatabaseServer;
  readonly clients: readonly DatabaseClient[];
}

/** Whoever connects somewhere. */
interface Party {
  readonly namespace: string;
  readonly name: string;
  readonly connectsTo: readonly Connection[];
}

/** What is looked at of a system. */
interface Counted {
  readonly components: readonly Party[];
  readonly tasks: readonly Party[];
  readonly databases: readonly DatabaseServer[];
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
 * @throws when a connection that is counted leads to no server that is known, or one to a server is not counted
 */
export function budgetsOf({ components, tasks, databases }: Counted): Budget[] {
  const servers = new Map(databases.map((server) => [placeOf(server.connection), server]));
  const clients = [...components, ...tasks].flatMap(({ namespace, name, connectsTo }) =>
    connectsTo.flatMap((connection) => {
      const place = placeOf(connection);
      const { pool } = connection;
      if (pool === undefined && !servers.has(place)) return [];
      if (pool === undefined)
        throw new Error(`${namespace}/${name} does not say how many connections it holds to ${place}`);
      if (!servers.has(place))
        throw new Error(`${namespace}/${name} holds connections to ${place}, which is no known server`);
      return [{ place, client: { namespace, name, pool } }];
    }),
  );
  return [...servers].map(([place, server]) => ({
    server,
    clients: clients.filter((one) => one.place === place).map(({ client }) => client),
  }));
}
