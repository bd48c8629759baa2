import type { Image } from '../../base/image';
import { hostOf, portOf } from '../../model/address';
import type { Component } from '../../model/component';
import { Config } from '../../model/config';
import { to } from '../../model/connection';
import type { ContainerProps, Resources } from '../../model/container';
import type { SecretKey } from '../../model/secret';
import { type Task, type TaskProps, task } from '../../model/task';
import { Duration, Size } from '../../model/units';
import { CACHE, type Keep, nightlyMinute, PACKS_MIB, type Repository, resticEnv, resticTools, TOOLS } from '../restic';
import { shellFiles } from '../shell/shell';
import backupScript from './backup.sh';
import drillScript from './drill.sh';
import dumpsScript from './dumps.sh';
import { maxMemory } from './redis';
import restoreScript from './restore.sh';
import scratchConf from './scratch.conf';
import serverScript from './server.sh';
import taskScript from './task.sh';

/** The scripts of all tasks here: one ConfigMap, `redis-backup-scripts`. */
export function redisBackupScripts(namespace: string): Config {
  return new Config(namespace, 'redis-backup-scripts', {
    ...shellFiles('log.sh', 'restic.sh'),
    'backup.sh': backupScript,
    'drill.sh': drillScript,
    'dumps.sh': dumpsScript,
    'restore.sh': restoreScript,
    'scratch.conf': scratchConf,
    'server.sh': serverScript,
    'task.sh': taskScript,
  });
}

/** What all tasks here have in common. */
export interface RedisBackupProps {
  readonly system: string;
  readonly namespace: string;
  /** The Redis: what `redis()` gave, in the same namespace or another. Its image is that of the tasks, so that its dumps can be read. */
  readonly server: Component;
  /** Of its user `backup`. */
  readonly password: SecretKey;
  /** restic's own image: what is run is copied from it. */
  readonly restic: Image;
  /** The dumps are in a repository of their own in it, at `<url>/redis`: nothing that other backups do there holds them up. */
  readonly repository: Repository;
  /** Under which snapshots are found: `<system>-<environment>`. Another name is another history. */
  readonly host: string;
  /** @default 100m..2, and of memory what a drill needs to hold all data beside restic */
  readonly resources?: Resources;
}

/** In the second half of the hour, when the dumps of PostgreSQL have begun. */
const AFTER_POSTGRES = 30;

/** What restic takes of memory. */
const RESTIC_MIB = 384;

type RedisTask = Pick<TaskProps, 'name' | 'purpose' | 'deadline' | 'retries' | 'schedule' | 'priority'> & {
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
    connectsTo: [to(server), repository.connection],
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
          ...resticEnv({ ...repository, url: `${repository.url.replace(/\/$/, '')}/redis` }, props.host),
          ...env,
        },
        mounts: [{ path: '/etc/berth/scripts', from: redisBackupScripts(namespace) }],
        scratch: [
          TOOLS,
          { path: CACHE, size: Size.mebibytes(512) },
          // A restore has two dumps there: the one that comes back and, before, the one of what is there.
          { path: '/tmp', size: Size.mebibytes(2 * most + 64 + PACKS_MIB) },
        ],
        resources: props.resources ?? { cpu: { request: '100m', limit: '2' }, memory },
      },
    ],
  });
}

/** Each night a dump of all data, as a snapshot with what it holds. */
export function redisBackup(props: RedisBackupProps & { readonly hour: number; readonly keep: Keep }): Task {
  const { hour, keep, host, server } = props;
  return redisTask(props, {
    name: `${server.name}-backup`,
    priority: 'background',
    purpose: 'backup',
    script: 'backup.sh',
    env: {
      KEEP_DAILY: String(keep.daily),
      KEEP_WEEKLY: String(keep.weekly),
      KEEP_MONTHLY: String(keep.monthly),
    },
    schedule: { cron: `${AFTER_POSTGRES + nightlyMinute(host)} ${hour} * * *` },
    deadline: Duration.hours(2),
    retries: 1,
  });
}

/** What a drill asks of the dumps, in seconds. */
export interface RedisDrill {
  /** How old the newest dump may be. */
  readonly rpo: number;
  /** How long the restore may take. */
  readonly rto: number;
}

/** Hours after the dump began. */
const DRILL_AFTER = 4;

/** Each day a proof that the newest dump can be restored: into a server in the task's own pod, which nobody else reaches. */
export function redisRestoreDrill(
  props: RedisBackupProps & { readonly hour: number; readonly drill: RedisDrill },
): Task {
  const { hour, drill, host, server } = props;
  return redisTask(props, {
    name: `${server.name}-restore-drill`,
    priority: 'background',
    purpose: 'restore-drill',
    script: 'drill.sh',
    env: { RPO_SECONDS: String(drill.rpo), RTO_SECONDS: String(drill.rto) },
    schedule: { cron: `${AFTER_POSTGRES + nightlyMinute(host)} ${(hour + DRILL_AFTER) % 24} * * *` },
    deadline: Duration.hours(2),
    retries: 1,
  });
}

/** What a person starts to put Redis back to a snapshot while it runs: a Job from this CronJob with SNAPSHOT. */
export function redisRestore(props: RedisBackupProps): Task {
  return redisTask(props, {
    name: `${props.server.name}-restore`,
    script: 'restore.sh',
    env: { SNAPSHOT: 'latest', EMPTY_FIRST: 'no' },
    schedule: { cron: '0 0 1 1 *', suspended: true },
    // As long as its note in Redis keeps others out.
    deadline: Duration.hours(1),
    // Somebody reads what went wrong first.
    retries: 0,
  });
}
