import type { Image } from '../../base/image';
import { hostOf, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { to } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { type Task, type TaskProps, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import type { Drill } from '../backup/backup';
import {
  CACHE,
  DRILL_DELAY_HOURS,
  type DumpTimes,
  dumpSchedule,
  type Keep,
  keepEnv,
  nightlyMinute,
  objectivesEnv,
  PACKS_MIB,
  type Repository,
  resticEnv,
  resticTools,
  TOOLS,
} from '../restic';
import { shellFiles } from '../shell/shell';
import backupScript from './backup.sh';
import drillScript from './drill.sh';
import dumpsScript from './dumps.sh';
import { maxMemory } from './redis';
import restoreScript from './restore.sh';
import scratchConf from './scratch.conf';
import serverScript from './server.sh';
import taskScript from './task.sh';

/** The ConfigMap `redis-backup-scripts`, with the scripts of all backup tasks of Redis. */
export function redisBackupScripts(namespace: string): Config {
  return new Config(namespace, 'redis-backup-scripts', {
    ...shellFiles('background.sh', 'log.sh', 'restic.sh'),
    'backup.sh': backupScript,
    'drill.sh': drillScript,
    'dumps.sh': dumpsScript,
    'restore.sh': restoreScript,
    'scratch.conf': scratchConf,
    'server.sh': serverScript,
    'task.sh': taskScript,
  });
}

/** The props that all backup tasks of Redis share. */
export interface RedisBackupProps {
  readonly system: string;
  readonly namespace: string;
  /** The server, made by `redis()`. The tasks use its image, so that they can read its dumps. */
  readonly server: Component;
  /** The password of the Redis user `backup`. */
  readonly password: SecretKey;
  /** The official restic image, from which an init container copies the program. */
  readonly restic: Image;
  /** The dumps are in a separate repository at `<url>/redis`, so that locks of other backups do not block them. */
  readonly repository: Repository;
  /** The host name of the snapshots in restic: `<system>-<environment>`. If it changes, older snapshots are not found. */
  readonly host: string;
  /** @default - CPU 100m..2; the memory limit is what a drill needs to hold all data, and restic */
  readonly resources?: Resources;
}

/** Minutes that Redis is dumped after PostgreSQL. */
const AFTER_POSTGRES = 30;

/** Memory of restic, in MiB. */
const RESTIC_MIB = 384;

/** What differs between the backup tasks. */
type RedisTask = Pick<TaskProps, 'name' | 'purpose' | 'deadline' | 'maxAge' | 'retries' | 'schedule' | 'priority'> & {
  /** The file name of its script. */
  readonly script: string;
  readonly env?: ContainerProps['env'];
};

function redisTask(props: RedisBackupProps, { script, env, ...own }: RedisTask): Task {
  const { system, namespace, server, repository } = props;
  const [{ image, resources }] = server.containers;
  const most = maxMemory(resources.memory.limit);
  const memory = { request: '128Mi', limit: `${Math.ceil(most * 1.2) + RESTIC_MIB}Mi` };
  return task({
    system,
    namespace,
    from: 'backups',
    user: server.user,
    connectsTo: [to(server), ...repository.connectsTo],
    volumes: repository.volumes,
    ...own,
    init: [resticTools(props.restic)],
    containers: [
      {
        name: own.name,
        image,
        command: ['/bin/sh', `/etc/berth/scripts/${script}`],
        env: {
          REDIS_HOST: hostOf(server),
          REDIS_PORT: portOf(server),
          REDIS_PASSWORD: props.password,
          ...resticEnv(repository, props.host, 'redis'),
          ...env,
        },
        mounts: [{ path: '/etc/berth/scripts', from: redisBackupScripts(namespace) }, ...repository.mounts],
        scratch: [
          TOOLS,
          { path: CACHE, size: Size.mebibytes(512) },
          // Room for two dumps, since a restore first dumps the current data.
          { path: '/tmp', size: Size.mebibytes(2 * most + 64 + PACKS_MIB) },
        ],
        resources: props.resources ?? { cpu: { request: '100m', limit: '2' }, memory },
      },
    ],
  });
}

/** A CronJob that dumps all data into a snapshot. */
export function redisBackup(props: RedisBackupProps & DumpTimes & { readonly keep: Keep }): Task {
  const { keep, host, server } = props;
  return redisTask(props, {
    name: `${server.name}-backup`,
    priority: 'background',
    purpose: 'backup',
    script: 'backup.sh',
    env: keepEnv(keep),
    ...dumpSchedule(AFTER_POSTGRES + nightlyMinute(host), props, Duration.hours(2)),
    retries: 1,
  });
}

/** The requirements that a restore drill of Redis verifies. */
export type RedisDrill = Pick<Drill, 'rpo' | 'rto'>;

/** A daily CronJob that restores the newest dump into a temporary server in its own pod. */
export function redisRestoreDrill(
  props: RedisBackupProps & { readonly hour: number; readonly drill: RedisDrill },
): Task {
  const { hour, drill, host, server } = props;
  return redisTask(props, {
    name: `${server.name}-restore-drill`,
    priority: 'background',
    purpose: 'restore-drill',
    script: 'drill.sh',
    env: objectivesEnv(drill),
    schedule: { cron: `${AFTER_POSTGRES + nightlyMinute(host)} ${(hour + DRILL_DELAY_HOURS) % 24} * * *` },
    deadline: Duration.hours(2),
    retries: 1,
  });
}

/** A suspended CronJob from which a person creates a Job, with SNAPSHOT, to restore a snapshot into the running Redis. */
export function redisRestore(props: RedisBackupProps): Task {
  return redisTask(props, {
    name: `${props.server.name}-restore`,
    script: 'restore.sh',
    env: { SNAPSHOT: 'latest', EMPTY_FIRST: 'no' },
    schedule: { cron: '0 0 1 1 *', suspended: true },
    // As long as its lock in Redis is valid.
    deadline: Duration.hours(1),
    // No retry before a person has read the log.
    retries: 0,
  });
}
