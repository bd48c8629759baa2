import { type Text, textOf } from '../../model/address';
import type { Mount } from '../../model/container';
import type { Server } from '../../model/database';

/** Where every pod that connects to servers finds the certificates of their authorities. */
export function caMounts(servers: readonly Server[]): Mount[] {
  return servers.flatMap(({ name, ca }) =>
    ca === undefined ? [] : [{ path: `/etc/berth/ca/${name}`, from: ca, keys: ['ca.crt'] }],
  );
}

/** The servers as a table for scripts: name, host, port and TLS mode, separated by tabs. */
export function serverTable(servers: readonly Server[]): Text {
  return textOf(...servers.flatMap(({ name, host, port, tls }) => [`${name}\t`, host, '\t', port, `\t${tls}\n`]));
}
