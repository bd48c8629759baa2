import type { Environment } from '../config/environment';
import type { SecretValue } from '../model/secret';
import type { SecretSource } from '../model/secret-source';
import type { System } from '../model/system';
import type { BackupsConfig } from './backup/settings';

/** What a server that keeps data belongs to. */
export interface DataStoreProps {
  readonly system: string;
  readonly environment: Environment;
  /** Of all that stands around it. */
  readonly namespace: string;
  readonly source: SecretSource;
  /** @default - none are made */
  readonly backups?: BackupsConfig | undefined;
}

/** A server that keeps data: what of it is ours, and what an application's own Secret has to hold. */
export interface DataStore extends Pick<System, 'components' | 'tasks'> {
  /** The application's password. */
  readonly password: SecretValue;
  /** The URL with that password, which is under the given key of the same Secret. */
  readonly url: (password: string) => SecretValue;
}

/** Under which name the snapshots of an environment are found. */
export function snapshotHost({ system, environment }: Pick<DataStoreProps, 'system' | 'environment'>): string {
  return `${system}-${environment.longName}`;
}
