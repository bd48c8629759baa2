import type { Text } from './address';
import type { Limited } from './connection';
import type { Mount } from './container';

/**
 * The TLS mode of connections to a server: not encrypted, encrypted, or encrypted with a verified certificate and host name.
 * Source: postgresql.org, SSL Support, sslmode.
 */
export type Tls = 'disable' | 'require' | 'verify-full';

/** A PostgreSQL server from the view of its clients. */
export interface Server extends Limited {
  /** The name by which settings and tenants refer to it, such as `main`. */
  readonly name: string;
  readonly host: Text;
  readonly port: Text;
  readonly tls: Tls;
  /** Holds the key `ca.crt`: the certificate of the authority that signed the server's. @default - the server is not verified */
  readonly ca?: Mount['from'];
  /** The size of its volume: a Kubernetes quantity. @default - unknown, as that of a managed server */
  readonly volume?: string;
}
