import type { Environment } from '../../lib/config/environment';
import type { Connection } from '../../lib/model/connection';
import type { SecretValue } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';
import type { PliersConfig } from './settings';

/** What the data tier is made from. */
export interface DataProps {
  readonly system: string;
  readonly environment: Environment;
  readonly namespace: string;
  readonly source: SecretSource;
  readonly settings: PliersConfig;
}

/** A way to a server and the URL that leads there; `password` is the key of the same Secret that holds it. */
export interface Store {
  readonly connection: Connection;
  readonly url: (password: string) => SecretValue;
  readonly password: SecretValue;
}
