import type { Connection } from './connection';
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
