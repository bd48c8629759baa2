import { hostOf, portOf, type Text, textOf } from '../../model/address';
import type { Component } from '../../model/component';
import { addresses, type Connection, to } from '../../model/connection';
import { Secret, type SecretKey } from '../../model/secret';
import type { Task } from '../../model/task';
import { repositoryOf } from '../backup/repository';
import { type DataStore, type DataStoreProps, passwordOf, snapshotHost } from '../data-store';
import { redisBackup, redisRestore, redisRestoreDrill } from './backup';
import { redis, redisConfig } from './redis';
import type { RedisConfig } from './settings';

/** The Redis of one system. */
export interface RedisStoreProps extends DataStoreProps {
  /** The settings of the environment file. */
  readonly config: RedisConfig;
}

/** The Redis of one system, from the view of its clients. */
export interface RedisStore extends DataStore {
  /** For the `connectsTo` of its clients. */
  readonly connection: Connection;
  readonly host: Text;
  readonly port: Text;
}

function redisUrl(scheme: string, host: Text, port: Text, db: number): DataStore['url'] {
  return (password) => ({
    template: [`${scheme}://:`, { urlEncoded: password }, textOf('@', host, ':', port, `/${db}`)],
  });
}

/** The server pod, and the password of its user `backup`, if it keeps data. */
function serverOf({ system, namespace, source }: RedisStoreProps, config: RedisConfig & { kind: 'statefulset' }) {
  const secret = new Secret<string>({
    namespace,
    name: 'redis-credentials',
    externalName: 'redis-external-secret',
    source,
    values: {
      REDIS_PASSWORD: passwordOf('redis', 'Redis', true),
      ...(config.keep && {
        BACKUP_PASSWORD: {
          remote: 'redis/backup-password',
          about: 'password of the Redis user that makes dumps',
          random: true,
          ofRole: true,
          development: 'development-backup',
        },
      }),
    },
  });
  const backupPassword = config.keep ? { secret, key: 'BACKUP_PASSWORD' } : undefined;
  const server = redis({
    system,
    namespace,
    image: config,
    password: { secret, key: 'REDIS_PASSWORD' },
    backupPassword,
    config: redisConfig({ namespace, memory: config.memory.limit, keep: config.keep }),
    resources: config,
    size: config.keep ? config.storage : undefined,
    storageClass: config.storageClass,
  });
  return { server, backupPassword };
}

function tasksOf(props: RedisStoreProps, server: Component, password: SecretKey | undefined): Task[] {
  const { system, namespace, source, backups } = props;
  if (backups === undefined || password === undefined) return [];
  const { restic, hour, every, keep, drill } = backups;
  const common = {
    system,
    namespace,
    server,
    password,
    restic,
    repository: repositoryOf(namespace, source, backups),
    host: snapshotHost(props),
  };
  return [
    redisBackup({ ...common, hour, every, keep }),
    redisRestoreDrill({ ...common, hour, drill }),
    redisRestore(common),
  ];
}

/**
 * A Redis for one system: the connection to an external server, or a pod with its passwords and backups.
 * Source: the seed of Pliers, Docker Compose and "Backup and Recovery".
 *
 * @example
 * const cache = redisStore({
 *   ...{ system: 'shop', environment, namespace: 'shop-prod-data', source },
 *   config: settings.redis, backups: settings.backups,
 * });
 * component({ ...props, connectsTo: [cache.connection] });
 */
export function redisStore(props: RedisStoreProps): RedisStore {
  const { config } = props;
  const password = passwordOf('redis', 'Redis', config.kind !== 'external');
  if (config.kind === 'external') {
    const { host } = config;
    const port = String(config.port);
    const connection = addresses('Redis', config.addresses, config.port, 'redis');
    const url = redisUrl('rediss', host, port, config.db);
    return { connection, host, port, password, url, components: [], tasks: [] };
  }
  const { server, backupPassword } = serverOf(props, config);
  const [host, port] = [hostOf(server), portOf(server)];
  return {
    connection: to(server),
    host,
    port,
    password,
    url: redisUrl('redis', host, port, config.db),
    components: [server],
    tasks: tasksOf(props, server, backupPassword),
  };
}
