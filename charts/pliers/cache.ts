import type { Component } from '../../lib/model/component';
import { addresses } from '../../lib/model/connection';
import { Secret, type SecretValue } from '../../lib/model/secret';
import type { System } from '../../lib/model/system';
import { backupStore } from '../../lib/parts/backup/backups';
import { redisBackup, redisBackupScripts, redisRestore, redisRestoreDrill } from '../../lib/parts/redis/backup';
import { redis, redisConfig } from '../../lib/parts/redis/redis';
import type { DataProps, Store } from './store';

/** Redis, which holds the cache and the sessions, and its backups where it is ours. */
export interface Cache extends Pick<System, 'tasks' | 'configs' | 'secrets'> {
  readonly components: readonly Component[];
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
  const urlOf = (scheme: string, host: string, port: number) => (key: string) => ({
    template: [`${scheme}://:`, { urlEncoded: key }, `@${host}:${port}/${config.db}`],
  });
  if (config.kind === 'external') {
    const { host, port } = config;
    const connection = addresses('Redis', config.addresses, port);
    const store = { connection, password, url: urlOf('rediss', host, port) };
    return { store, components: [], tasks: [], configs: [], secrets: [] };
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
  const { name, port } = component.service;
  const store = {
    connection: { to: component },
    password,
    url: urlOf('redis', `${name}.${namespace}.svc.cluster.local`, port),
  };
  if (backups === undefined) return { store, components: [component], tasks: [], configs: [files], secrets: [secret] };
  const scripts = redisBackupScripts(namespace);
  const common = {
    system,
    namespace,
    server: component,
    password: key.BACKUP_PASSWORD,
    restic: backups.restic,
    scripts,
    repository: backupStore(namespace, source, backups).repository,
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
    configs: [files, scripts],
    secrets: [secret],
  };
}
