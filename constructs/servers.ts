import type { Connection } from './component';
import type { Mount } from './container';

/** How a connection to a server is protected: not at all, encrypted, or encrypted and proven by its certificate. */
export type Tls = 'disable' | 'require' | 'verify-full';

/** A PostgreSQL server, as those see it who connect to it. */
export interface Server {
  /** The name that tenants give it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: Tls;
  /** Who holds `ca.crt`, the certificate of the authority behind the server's own. @default - none: it is not proven */
  readonly ca?: Mount['from'];
  /** How its clients get there. */
  readonly connection: Connection;
}

/** Where every pod that connects to servers finds the certificates of their authorities. */
export function caMounts(servers: readonly Server[]): Mount[] {
  return servers.flatMap(({ name, ca }) =>
    ca === undefined ? [] : [{ path: `/etc/berth/ca/${name}`, from: ca, keys: ['ca.crt'] }],
  );
}

/** The servers as a table for scripts: name, host, port and TLS mode, separated by tabs. */
export function serverTable(servers: readonly Server[]): string {
  return servers.map(({ name, host, port, tls }) => `${[name, host, port, tls].join('\t')}\n`).join('');
}
