import { hostOf, portOf, type Text, textOf } from '../../lib/model/address';
import { addresses, to } from '../../lib/model/connection';
import { Secret, type SecretValue } from '../../lib/model/secret';
import type { System } from '../../lib/model/system';
import { repositoryOf } from '../../lib/parts/backup/backups';
import { redisBackup, redisBackupScripts, redisRestore, redisRestoreDrill } from '../../lib/parts/redis/backup';
import { redis, redisConfig } from '../../lib/parts/redis/redis';
import type { DataProps, Store } from './store';

/** Redis, which holds the cache and the sessions, and its backups where it is ours. */
export interface Cache extends Pick<System, 'components' | 'tasks'> {
  readonly store: Store;
}

/** Redis of Pliers. Source: the seed, Docker Compose and "Backup and Recovery". */
export function cache({ system, environment, namespace, source, settings }: DataProps): Cache {
  const { redis: config, backups } = settings;
  const password: SecretValue = {
    remote: 'redis/password',
    about: 'password of Redis',
    random: config.kind !== 'external',
    development: 'development',
  };
  const urlOf = (scheme: string, host: Text, port: Text) => (key: string) => ({
    template: [`${scheme}://:`, { urlEncoded: key }, textOf('@', host, ':', port, `/${config.db}`)],
  });
  if (config.kind === 'external') {
    const { host, port } = config;
    const connection = addresses('Redis', config.addresses, port, 'redis');
    const store = { connection, password, url: urlOf('rediss', host, String(port)) };
    return { store, components: [], tasks: [] };
  }
  const secret = new Secret({
    namespace,
    name: 'redis-credentials',
    externalName: 'redis-external-secret',
    source,
    values: {
      REDIS_PASSWORD: password,
      BACKUP_PASSWORD: {
        remote: 'redis/backup-password',
        about: 'password of the user that dumps Redis',
        random: true,
        development: 'development-backup',
      },
    },
  });
  const key = secret.pick('REDIS_PASSWORD', 'BACKUP_PASSWORD');
  const files = redisConfig({ namespace, memory: config.memory.limit });
  const component = redis({
    system,
    namespace,
    image: config,
    password: key.REDIS_PASSWORD,
    backupPassword: key.BACKUP_PASSWORD,
    config: files,
    resources: config,
    size: config.storage,
    storageClass: config.storageClass,
  });
  const store = {
    connection: to(component),
    password,
    url: urlOf('redis', hostOf(component), portOf(component)),
  };
  if (backups === undefined) return { store, components: [component], tasks: [] };
  const scripts = redisBackupScripts(namespace);
  const common = {
    system,
    namespace,
    server: component,
    password: key.BACKUP_PASSWORD,
    restic: backups.restic,
    scripts,
    repository: repositoryOf(namespace, source, backups),
    host: `${system}-${environment.longName}`,
  };
  const { hour, keep, drill } = backups;
  return {
    store,
    components: [component],
    tasks: [
      redisBackup({ ...common, hour, keep }),
      redisRestoreDrill({ ...common, hour, drill }),
      redisRestore(common),
    ],
  };
}
