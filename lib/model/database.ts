import type { Text } from './address';
import type { Limited } from './connection';
import type { Mount } from './container';

/** How a connection to a server is protected: not at all, encrypted, or encrypted and proven by its certificate. */
export type Tls = 'disable' | 'require' | 'verify-full';

/** A PostgreSQL server, as those see it who connect to it. */
export interface Server extends Limited {
  /** The name that tenants give it. */
  readonly name: string;
  readonly host: Text;
  readonly port: Text;
  readonly tls: Tls;
  /** Who holds `ca.crt`, the certificate of the authority behind the server's own. @default - none: it is not proven */
  readonly ca?: Mount['from'];
}
