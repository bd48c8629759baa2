import type { Environment } from '../config/environment';
import type { SecretValue } from '../model/secret';
import type { SecretSource } from '../model/secret-source';
import type { System } from '../model/system';
import type { BackupsConfig } from './backup/settings';

/** The props that databases and Redis share. */
export interface DataStoreProps {
  readonly system: string;
  readonly environment: Environment;
  /** The namespace of the server and of its tasks. */
  readonly namespace: string;
  readonly source: SecretSource;
  /** The backup settings of the environment file. @default - no backups */
  readonly backups?: BackupsConfig | undefined;
}

/** A data store: its components and tasks, and the values that go into the application's own Secret. */
export interface DataStore extends Pick<System, 'components' | 'tasks'> {
  /** The password of the application. */
  readonly password: SecretValue;
  /**
   * The URL of the data store, with the password.
   *
   * @example
   * values: { DATABASE_PASSWORD: db.password, DATABASE_URL: db.url('DATABASE_PASSWORD') }
   *
   * @param password the key of the password in the same Secret
   */
  readonly url: (password: string) => SecretValue;
}

/** The host name of an environment's snapshots in restic: `shop-production`. */
export function snapshotHost({ system, environment }: Pick<DataStoreProps, 'system' | 'environment'>): string {
  return `${system}-${environment.longName}`;
}

/**
 * The password of the application at a data store.
 *
 * @param folder its folder in the secret store, such as `redis`
 * @param of the data store in the description
 * @param random whether it may be generated; otherwise another service issues it
 */
export function passwordOf(folder: string, of: string, random: boolean): SecretValue {
  return { remote: `${folder}/password`, about: `password of ${of}`, random, ofRole: true, development: 'development' };
}
