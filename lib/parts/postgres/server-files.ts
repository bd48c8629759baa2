import { type Text, textOf } from '../../model/address';
import type { Mount } from '../../model/container';
import type { Server } from '../../model/database';
import type { Secret } from '../../model/secret';
import type { DataServer } from './servers';

/** The volumes with the credentials of the role that manages roles, by server name. Only two keys of each Secret are mounted. */
export function administratorMounts(administrators: Readonly<Record<string, Secret>>): Mount[] {
  return Object.entries(administrators).map(([server, from]) => ({
    path: `/etc/berth/administrators/${server}`,
    from,
    keys: ['POSTGRES_ADMIN_USER', 'POSTGRES_ADMIN_PASSWORD'],
  }));
}

/** The volumes with the CA certificates of the servers, for all pods that connect to them. */
export function caMounts(servers: readonly Server[]): Mount[] {
  return servers.flatMap(({ name, ca }) =>
    ca === undefined ? [] : [{ path: `/etc/berth/ca/${name}`, from: ca, keys: ['ca.crt'] }],
  );
}

/** The credentials of the role that manages roles, by server name, of the servers that have some. */
export function administratorsOf(servers: readonly DataServer[]): Record<string, Secret> {
  return Object.fromEntries(
    servers.flatMap(({ server, administrator }) => (administrator === undefined ? [] : [[server.name, administrator]])),
  );
}

/** A table of the servers for scripts, one per line: name, host, port and TLS mode, separated by tabs. */
export function serverTable(servers: readonly Server[]): Text {
  return textOf(...servers.flatMap(({ name, host, port, tls }) => [`${name}\t`, host, '\t', port, `\t${tls}\n`]));
}

/** The environment variable with the table of the server for drills, for the tasks that prepare and use it. */
export function drillEnv(drill: DataServer | undefined): { readonly DRILL_SERVER?: Text } {
  return drill === undefined ? {} : { DRILL_SERVER: serverTable([drill.server]) };
}
