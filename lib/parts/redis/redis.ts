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

/** What the server takes without any data: its code, and buffers that it does not count. */
const OWN_MIB = 32;

/** What the allocator takes beside what is used of it. */
const ALLOCATED = 1.1;

/**
 * How much of its memory limit Redis may fill, in MiB. While its log is rewritten or a dump is taken there are two of it, and where
 * clients change everything meanwhile, two of everything. So it is a little less than a half.
 * Source: redis.io, Persistence; Redis administration.
 *
 * @param limit a Kubernetes quantity
 * @throws when nothing is left of it
 */
export function maxMemory(limit: string): number {
  const mib = Math.floor((bytesOf(limit) / MIB - OWN_MIB) / 2 / ALLOCATED);
  if (!(mib >= 16)) throw new Error(`Redis has a memory limit of ${limit}, expected 96Mi or more`);
  return mib;
}

/** The log on the volume may grow to twice the data before it is rewritten, and is beside the new one then. */
const LOGS = 3;

export interface RedisConfigProps {
  readonly namespace: string;
  /** @default redis-config */
  readonly name?: string;
  /** The memory limit of the container: a Kubernetes quantity. */
  readonly memory: string;
  /** Connections that it takes. @default 1000 */
  readonly maxClients?: number;
}

/** The files of Redis: `redis.conf` as it stands beside this one, what differs between environments, and its start. */
export function redisConfig({ namespace, name, memory, maxClients = 1000 }: RedisConfigProps): Config {
  return new Config(namespace, name ?? 'redis-config', {
    'ping.sh': ping,
    'redis.conf': conf,
    'redis.sh': start,
    'settings.conf': `maxmemory ${maxMemory(memory)}mb\nmaxclients ${maxClients}\n`,
  });
}

export interface RedisProps {
  readonly system: string;
  readonly namespace: string;
  /** Of its objects and its Service. @default redis */
  readonly name?: string;
  /** The official image of Redis 7, or one that has the same programs. */
  readonly image: Image;
  /** Of the user `default`: applications, which may do all that is not dangerous. */
  readonly password: SecretKey;
  /** Of the user `backup`, which takes dumps and restores them. @default - there is no such user */
  readonly backupPassword?: SecretKey | undefined;
  /** Of {@link redisConfig}, for the same memory limit. */
  readonly config: Config;
  readonly resources: Resources;
  /** The size of its volume: at least three times what {@link maxMemory} says. */
  readonly size: string;
  readonly storageClass?: string | undefined;
}

const USER = 999; // redis, in the official image

/**
 * One Redis in the cluster: port 6379, with a password, its data in a log on a volume that stays. It answers from memory, never with
 * more than its limit has room for, and keeps what it has acknowledged: see `redis.conf`.
 * Source: the seed of Pliers, Docker Compose; redis.io.
 *
 * @throws when the volume has no room for the log
 */
export function redis(props: RedisProps): Component {
  const { system, namespace, name = 'redis', resources, size } = props;
  const most = maxMemory(resources.memory.limit);
  if (!(bytesOf(size) >= LOGS * most * MIB)) {
    throw new Error(`${name} may hold ${most} MiB and has a volume of ${size}, expected ${LOGS * most}Mi or more`);
  }
  return component({
    system,
    namespace,
    name,
    about: 'cache, sessions and queues',
    from: 'redis',
    image: props.image,
    command: ['/bin/sh', '/etc/redis/redis.sh'],
    ports: { redis: { port: 6379, protocol: 'tcp' } },
    env: {
      // redis-cli reads it, too: that of the probes.
      REDISCLI_AUTH: props.password,
      ...(props.backupPassword !== undefined && { BACKUP_PASSWORD: props.backupPassword }),
    },
    mounts: [{ path: '/etc/redis', from: props.config }],
    scratch: [{ path: '/run/redis', size: Size.mebibytes(1), memory: true }, { path: '/tmp' }],
    resources,
    scale: { replicas: 1 },
    probes: {
      health: { exec: ['/bin/sh', '/etc/redis/ping.sh'] },
      // It reads its log first, as long as that takes; a restart would only begin it anew.
      startup: { period: 5, timeout: 5, failures: 120 },
      liveness: { period: 10, timeout: 5, failures: 5 },
      readiness: { period: 10, timeout: 5, failures: 5 },
    },
    // SIGTERM: it answers what it has read, and puts the log on the disk. There is nobody to wait for before.
    shutdown: { preStopDelay: Duration.seconds(0), drainTimeout: Duration.seconds(60) },
    user: USER,
    stage: 'data',
    priority: 'data',
    storage: [{ path: '/data', size, storageClass: props.storageClass }],
  });
}
