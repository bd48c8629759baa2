import type { Image } from '../../base/image';
import { bytesOf } from '../../base/quantity';
import { type Component, component } from '../../model/component';
import { Config } from '../../model/config';
import type { Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { Duration, Size } from '../../model/units';
import ping from './ping.sh';
import conf from './redis.conf';
import start from './redis.sh';

const MIB = 2 ** 20;

/** Memory of an empty server, in MiB: its code, and buffers that do not count towards maxmemory. */
const OWN_MIB = 32;

/** Allocated memory in relation to used memory (fragmentation). */
const ALLOCATED = 1.1;

/**
 * Redis' `maxmemory` for a memory limit, in MiB: a little less than half. Redis forks to rewrite its log and to dump, and in the worst
 * case the fork holds a second copy of all data. A cache does neither. Source: redis.io, Persistence; Redis administration.
 *
 * @param limit a Kubernetes quantity
 * @param keep whether it keeps its data. @default true
 * @throws when the limit is below 96 MiB, or is not a quantity
 */
export function maxMemory(limit: string, keep = true): number {
  const mib = Math.floor((bytesOf(limit) / MIB - OWN_MIB) / (keep ? 2 : 1) / ALLOCATED);
  if (!(mib >= 16)) throw new Error(`Redis has a memory limit of ${limit}, expected 96Mi or more`);
  return mib;
}

/** The volume in relation to the data: the log grows to twice the data before it is rewritten, and the new log is written besides. */
const LOGS = 3;

/** The least size of the volume for a memory limit, in bytes. */
export function leastVolume(limit: string): number {
  return LOGS * maxMemory(limit) * MIB;
}

/** The configuration of Redis. */
export interface RedisConfigProps {
  readonly namespace: string;
  /** The name of the ConfigMap. @default redis-config */
  readonly name?: string;
  /** The memory limit of the container: a Kubernetes quantity. */
  readonly memory: string;
  /** The number of connections that it accepts. @default 1000 */
  readonly maxClients?: number;
  /** Whether it keeps its data; a cache has no log, and may drop any key for a newer one. @default true */
  readonly keep?: boolean;
}

/** What a cache has instead of the settings of `redis.conf`. */
const CACHE = 'appendonly no\nmaxmemory-policy allkeys-lru\n';

/** The ConfigMap of Redis: the constant `redis.conf`, the settings that differ between environments, and the start script. */
export function redisConfig({ namespace, name, memory, maxClients = 1000, keep = true }: RedisConfigProps): Config {
  return new Config(namespace, name ?? 'redis-config', {
    'ping.sh': ping,
    'redis.conf': conf,
    'redis.sh': start,
    'settings.conf': `maxmemory ${maxMemory(memory, keep)}mb\nmaxclients ${maxClients}\n${keep ? '' : CACHE}`,
  });
}

/** A Redis server of one pod. */
export interface RedisProps {
  readonly system: string;
  readonly namespace: string;
  /** The name of its objects and its Service. @default redis */
  readonly name?: string;
  /** The official image of Redis 7, or one with the same programs. */
  readonly image: Image;
  /** The password of the user `default`, which applications use; it may not run dangerous commands. */
  readonly password: SecretKey;
  /** The password of the user `backup`, which dumps and restores. @default - no such user */
  readonly backupPassword?: SecretKey | undefined;
  /** Made by {@link redisConfig} with the memory limit of `resources`. */
  readonly config: Config;
  readonly resources: Resources;
  /** The size of its volume: a Kubernetes quantity of at least three times {@link maxMemory}. @default - none: it is a cache */
  readonly size?: string | undefined;
  /** @default - the cluster's default storage class */
  readonly storageClass?: string | undefined;
}

const USER = 999; // the user redis in the official image

/**
 * A Redis server of one pod: port 6379, with a password, data in an append-only log on a volume. It evicts or refuses data beyond
 * {@link maxMemory}, and keeps acknowledged writes: see `redis.conf`. Without a volume it is a cache, which is empty after a restart.
 * Source: the seed of Pliers, Docker Compose; redis.io.
 *
 * @throws when the volume is too small for the log, or the memory limit is below 96 MiB
 */
export function redis(props: RedisProps): Component {
  const { system, namespace, name = 'redis', resources, size } = props;
  const most = maxMemory(resources.memory.limit);
  if (size !== undefined && !(bytesOf(size) >= leastVolume(resources.memory.limit))) {
    throw new Error(`${name} may hold ${most} MiB and has a volume of ${size}, expected ${LOGS * most}Mi or more`);
  }
  return component({
    system,
    namespace,
    name,
    about: size === undefined ? 'cache' : 'cache, sessions and queues',
    from: 'redis',
    image: props.image,
    command: ['/bin/sh', '/etc/redis/redis.sh'],
    ports: { redis: { port: 6379, protocol: 'tcp' } },
    env: {
      // The variable that redis-cli reads, which the probes use.
      REDISCLI_AUTH: props.password,
      ...(props.backupPassword !== undefined && { BACKUP_PASSWORD: props.backupPassword }),
    },
    mounts: [{ path: '/etc/redis', from: props.config }],
    scratch: [
      { path: '/run/redis', size: Size.mebibytes(1), memory: true },
      { path: '/tmp' },
      // The folder where it starts, in which a cache writes nothing.
      ...(size === undefined ? [{ path: '/data', size: Size.mebibytes(1) }] : []),
    ],
    resources,
    scale: { replicas: 1 },
    probes: {
      health: { exec: ['/bin/sh', '/etc/redis/ping.sh'] },
      // Ten minutes to read its log, since a restart would only start that again.
      startup: { period: 5, timeout: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 5 },
      readiness: { period: 10, timeout: 5, failures: 5 },
    },
    // On SIGTERM it answers open requests and syncs the log to disk. There is no second replica to take over, hence no delay.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(60) },
    user: USER,
    stage: 'data',
    priority: 'data',
    ...(size === undefined
      ? { recreate: true }
      : { storage: [{ path: '/data', size, storageClass: props.storageClass }] }),
  });
}
