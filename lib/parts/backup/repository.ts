import { addresses, type Connection } from '../../model/connection';
import { Secret, type SecretValue } from '../../model/secret';
import type { SecretSource } from '../../model/secret-source';
import type { Repository } from '../restic';
import type { StoreBackupsConfig } from './settings';
import { storeOf } from './stores';

/** The folder of credentials that are files. */
const FILES = '/etc/berth/store';

/** The group that owns the volume of a repository: tasks of several users, such as those of PostgreSQL and Redis, write to it. */
const GROUP = 10_001;

const PASSWORD: SecretValue = {
  remote: 'backups',
  property: 'restic-password',
  about: 'password of the restic repository: dumps cannot be read without it',
  random: true,
  permanent: true,
  development: 'development',
};

/** The port in the URL of a repository, or that of its scheme. */
function portOf(repository: string): number {
  const [, scheme, port] = /^\w+:(https?):\/\/[^/:]+(?::(\d+))?/.exec(repository) ?? [];
  return port === undefined ? (scheme === 'http' ? 80 : 443) : Number(port);
}

/**
 * The restic repository of the settings, and the Secret with its password and the credentials of its store.
 *
 * @throws when the settings are not those of a kind of repository
 */
export function repositoryOf(namespace: string, source: SecretSource, config: StoreBackupsConfig): Repository {
  const { repository, port, claim } = config;
  const store = storeOf(repository);
  if (store === undefined) throw new Error(`given ${repository}, expected a repository as restic names it`);
  const values: Readonly<Record<string, SecretValue>> = { RESTIC_PASSWORD: PASSWORD, ...store.credentials };
  const secret = new Secret({
    namespace,
    name: 'backup-credentials',
    externalName: 'backup-external-secret',
    source,
    values,
  });
  const { server, file } = store;
  const variables = Object.keys(values).filter((key) => key !== file?.key);
  const connection = (to: NonNullable<typeof server>): Connection =>
    addresses(to.name, config.addresses ?? [], port ?? portOf(repository), to.kind);
  const path = repository.replace(/(.)\/$/, '$1');
  return {
    url: repository,
    env: {
      ...secret.pick(...variables),
      ...(file && { [file.variable]: `${FILES}/${file.key}` }),
    },
    mounts: file === undefined ? [] : [{ path: FILES, from: secret, keys: [file.key] }],
    connectsTo: server === undefined ? [] : [connection(server)],
    volumes: claim === undefined ? [] : [{ claim, path, group: GROUP }],
  };
}
